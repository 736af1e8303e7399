/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cage.c: limits (setrlimit(2)) and a filter of system calls (seccomp(2)) by hand: it is a list. */
#include "source/cage.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define CAGE_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CAGE_MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define CAGE_MACHINE AUDIT_ARCH_RISCV64
#else
#define CAGE_MACHINE 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define CAGE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAGE_SANITIZED 1
#endif
#endif
#ifndef CAGE_SANITIZED
#define CAGE_SANITIZED 0
#endif

static const unsigned allowed[] = {
	__NR_read,
	__NR_write,
	__NR_readv,
	__NR_writev,
	__NR_brk,
	__NR_munmap,
	__NR_mremap,
	__NR_madvise,
	__NR_futex,
	__NR_getrandom,
	__NR_clock_gettime,
	__NR_gettimeofday,
	__NR_getpid,
	__NR_gettid,
	__NR_sched_yield,
	__NR_rt_sigprocmask,
	__NR_rt_sigreturn,
	__NR_sigaltstack,
	__NR_exit,
	__NR_exit_group,
};

/* A library asks for a file now and then and can go on without; it is not to die of that. */
static const unsigned refused[] = {
	__NR_openat,
	__NR_newfstatat,
	__NR_fstat,
	__NR_faccessat,
	__NR_readlinkat,
	__NR_getcwd,
	__NR_close,
	__NR_lseek,
	__NR_ioctl,
	__NR_uname,
	__NR_sysinfo,
#ifdef __NR_open
	__NR_open,
	__NR_stat,
	__NR_access,
	__NR_readlink,
#endif
};

/* What ends a process in any build. A sanitizer has calls of its own beyond the list above; in its
 * build they only fail. */
static const unsigned deadly[] = {
	__NR_socket,
	__NR_clone,
	__NR_clone3,
	__NR_execve,
	__NR_execveat,
	__NR_kill,
	__NR_ptrace,
#ifdef __NR_fork
	__NR_fork,
	__NR_vfork,
#endif
};

enum { FILTER_MAX = 128 };

struct filter {
	struct sock_filter at[FILTER_MAX];
	unsigned short n;
};

static void
line(struct filter *f, unsigned code, unsigned k, unsigned yes, unsigned no)
{
	if (f->n < FILTER_MAX)
		f->at[f->n++] = (struct sock_filter){
			(unsigned short)code, (unsigned char)yes, (unsigned char)no, k};
}

static void
answer(struct filter *f, unsigned call, unsigned verdict)
{
	line(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
	line(f, BPF_RET | BPF_K, verdict, 0, 0);
}

/* Memory, as long as nobody may run what is written in it. */
static void
answer_memory(struct filter *f, unsigned call)
{
	enum { PROTECTION = 2 }; /* the third argument of mmap(2) and mprotect(2) */
	unsigned low = (unsigned)offsetof(struct seccomp_data, args[PROTECTION]);

	line(f, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
	line(f, BPF_LD | BPF_W | BPF_ABS, low, 0, 0);
	line(f, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
	line(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	line(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void
filter_make(struct filter *f)
{
	f->n = 0;
	line(f, BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, arch), 0,
		0);
	line(f, BPF_JMP | BPF_JEQ | BPF_K, CAGE_MACHINE, 1, 0);
	line(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	line(f, BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr), 0,
		0);
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		answer(f, allowed[i], SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		answer(f, refused[i], SECCOMP_RET_ERRNO | 13 /* EACCES */);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		answer(f, deadly[i], SECCOMP_RET_KILL_PROCESS);
	answer_memory(f, __NR_mmap);
	answer_memory(f, __NR_mprotect);
	line(f, BPF_RET | BPF_K,
		CAGE_SANITIZED ? SECCOMP_RET_ERRNO | 13 : SECCOMP_RET_KILL_PROCESS, 0, 0);
}

static int
limit(int what, rlim_t most)
{
	return setrlimit((__rlimit_resource_t)what, &(struct rlimit){most, most});
}

enum err
cage_shut(void)
{
	struct filter f;
	struct sock_fprog program;

	if (CAGE_MACHINE == 0)
		return ERR_IO;
	filter_make(&f);
	program = (struct sock_fprog){f.n, f.at};
	if (f.n == FILTER_MAX || limit(RLIMIT_NOFILE, 0) != 0 ||
		limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_FSIZE, 0) != 0 ||
		limit(RLIMIT_NPROC, 0) != 0 || limit(RLIMIT_CPU, CAGE_CPU_S) != 0)
		return ERR_IO;
	/* A sanitizer keeps terabytes of shadow, which are addresses, not memory. */
	if (!CAGE_SANITIZED && limit(RLIMIT_AS, (rlim_t)CAGE_MEMORY_MIB << 20) != 0)
		return ERR_IO;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
		return ERR_IO;
	return ERR_OK;
}
