# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2207
# Completion of belfry(1) for bash. A test compares it with --help.

_belfry_verbs()
{
	case $1 in
	alert) echo "propose approve reject stop correct update all-clear end list show" ;;
	bulletin) echo "get verify" ;;
	cap) echo "check show fmt diff chain" ;;
	hub) echo "status alone" ;;
	key) echo "new show" ;;
	playbook) echo "lint" ;;
	roster) echo "show propose sign submit revoke suspend" ;;
	siren) echo "list test enrol" ;;
	takeover) echo "show propose sign submit" ;;
	zones) echo "check import sign submit list" ;;
	esac
}

# Words that take an option's value from the disk are completed as files.
_belfry_options()
{
	case $1 in
	"alert propose")
		echo "--playbook --zones --minutes --seconds --separate --break-glass --cap --hub --via --key --roster --yes --json --help"
		;;
	"alert approve")
		echo "--last --hub --via --key --roster --yes --json --help"
		;;
	"alert stop" | "alert correct" | "alert all-clear" | "alert end" | "roster sign" | "roster suspend" | "zones sign")
		echo "--hub --via --key --roster --yes --json --help"
		;;
	"alert reject")
		echo "--reason --hub --via --key --roster --json --help"
		;;
	"alert update")
		echo "--zones --minutes --hub --via --key --roster --yes --json --help"
		;;
	"alert list" | "hub status" | "roster submit" | "siren list" | "zones submit")
		echo "--hub --via --json --help"
		;;
	"alert show" | "zones list")
		echo "--hub --via --roster --json --help"
		;;
	"bulletin get")
		echo "--after --json --help"
		;;
	"bulletin verify")
		echo "--key-of --roster --json --help"
		;;
	"cap check")
		echo "--profile --inside --max-bytes --lang --json --help"
		;;
	"cap show")
		echo "--all --lang --json --help"
		;;
	"cap fmt")
		echo "--out --drop-signature --lang --json --help"
		;;
	"cap chain")
		echo "--at --own-only --lang --json --help"
		;;
	"cap diff")
		echo "--lang --json --help"
		;;
	sim)
		echo "--seeds --seed --verbose --help"
		;;
	demo)
		echo "--dir --help --once"
		;;
	"hub alone")
		echo "--hub --via --yes --json --help"
		;;
	"takeover show" | "takeover submit")
		echo "--edge --though-alive --hub --via --roster --json --help"
		;;
	"takeover propose" | "takeover sign")
		echo "--edge --though-alive --hub --via --key --roster --yes --json --help"
		;;
	"key new")
		echo "--person --number --for-hub --json --help"
		;;
	"key show")
		echo "--key --json --help"
		;;
	"playbook lint")
		echo "--json --help"
		;;
	replay)
		echo "--closings --day --dir --expires --help --json --quiet --speed --zones"
		;;
	"roster show")
		echo "--out --hub --via --roster --json --help"
		;;
	"roster propose")
		echo "--from --add --remove --add-hub --first --territory --mode --hub --via --roster --json --help"
		;;
	"roster revoke")
		echo "--file --hub --via --key --roster --yes --json --help"
		;;
	"siren test")
		echo "--zones --growl --hub --via --key --roster --yes --json --help"
		;;
	"siren enrol")
		echo "--siren --zone --name --public-key --hub --via --key --roster --yes --json --help"
		;;
	watch)
		echo "--once --hub --via --json --help"
		;;
	"zones check")
		echo "--box --mend --json --help"
		;;
	"zones import")
		echo "--out --box --mend --hub --via --roster --json --help"
		;;
	esac
}

_belfry()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} verb
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "alert bulletin cap demo hub key playbook replay roster sim siren takeover watch zones --help --version" -- "$word"))
		return
	fi
	verb=$(_belfry_verbs "$command")
	if [ -n "$verb" ] && [ "$COMP_CWORD" -eq 2 ]; then
		COMPREPLY=($(compgen -W "$verb --help" -- "$word"))
		return
	fi
	case $before in
	--hub | --key | --roster | --cap | --from | --out | --file | --dir | --closings)
		COMPREPLY=($(compgen -f -- "$word"))
		return
		;;
	esac
	case $before in
	--profile)
		COMPREPLY=($(compgen -W "ipaws cap-au cap-cp google wmo meteoalarm uk-cb" -- "$word"))
		return
		;;
	--lang)
		COMPREPLY=($(compgen -W "hy az ru en" -- "$word"))
		return
		;;
	esac
	if [ -n "$verb" ]; then
		command="$command ${COMP_WORDS[2]}"
	fi
	case $word in
	-*) COMPREPLY=($(compgen -W "$(_belfry_options "$command")" -- "$word")) ;;
	*) COMPREPLY=($(compgen -f -- "$word")) ;;
	esac
}

complete -o filenames -F _belfry belfry
