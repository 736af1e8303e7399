/* SPDX-License-Identifier: GPL-3.0-or-later */
/* address.c: addresses as text, and dialling them. */
#include "loop/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static enum err
read_unix(struct address *out, const char *path, struct fault *fault)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&out->at;
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof un->sun_path)
		return fault_set(fault, ERR_RANGE,
			"socket path \"%s\" has %zu bytes; 1 to %zu are possible: choose a "
			"shorter directory",
			path, len, sizeof un->sun_path - 1);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len + 1);
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	out->is_unix = true;
	return ERR_OK;
}

static bool
read_host(struct address *out, const char *host, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&out->at;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->at;
	size_t len = strlen(host);
	char plain[INET6_ADDRSTRLEN];

	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		out->len = sizeof *in;
		return true;
	}
	memset(&out->at, 0, sizeof out->at);
	if (strcmp(host, "*") == 0)
		strcpy(plain, "::");
	else if (len > 2 && len < sizeof plain && host[0] == '[' && host[len - 1] == ']')
		snprintf(plain, sizeof plain, "%.*s", (int)len - 2, host + 1);
	else
		return false;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	out->len = sizeof *in6;
	return inet_pton(AF_INET6, plain, &in6->sin6_addr) == 1;
}

enum err
address_read(struct address *out, const char *text, struct fault *fault)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_TEXT];
	uint64_t port;

	memset(out, 0, sizeof *out);
	if (strncmp(text, "unix:", 5) == 0)
		return read_unix(out, text + 5, fault);
	if (strchr(text, '/') != NULL)
		return read_unix(out, text, fault);
	if (colon == NULL || (size_t)(colon - text) >= sizeof host)
		return fault_set(fault, ERR_FORMAT,
			"address \"%.80s\": write HOST:PORT, as 127.0.0.1:8080 or "
			"[::1]:8080, or "
			"the path of a Unix socket",
			text);
	if (number_read(&port, colon + 1, strlen(colon + 1), 65535) != ERR_OK)
		return fault_set(fault, ERR_RANGE,
			"address \"%.80s\": the port is a number from 0 to 65535", text);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	if (!read_host(out, host, (uint16_t)port))
		return fault_set(fault, ERR_FORMAT,
			"address \"%.80s\": \"%.80s\" is no IP address; names are not "
			"looked up "
			"here, write the number (IPv6 in brackets)",
			text, host);
	return ERR_OK;
}

void
address_write(char out[ADDRESS_TEXT], const struct address *a)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&a->at;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a->at;
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->at;
	char host[INET6_ADDRSTRLEN] = "";

	if (a->at.ss_family == AF_UNIX) {
		snprintf(out, ADDRESS_TEXT, "%s", un->sun_path);
	} else if (a->at.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
		snprintf(out, ADDRESS_TEXT, "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		snprintf(out, ADDRESS_TEXT, "%s:%u", host, ntohs(in->sin_port));
	}
}

enum err
address_dial(int *fd, const struct address *a, struct fault *fault)
{
	int s = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	char text[ADDRESS_TEXT];

	address_write(text, a);
	if (s < 0)
		return fault_set(
			fault, ERR_IO, "cannot dial %s: %s", text, strerror(errno));
	if (!a->is_unix)
		setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(s, (const struct sockaddr *)&a->at, a->len) != 0 &&
		errno != EINPROGRESS) {
		enum err err = fault_set(fault, ERR_IO, "cannot reach %s: %s%s", text,
			strerror(errno),
			errno == ENOENT || errno == ECONNREFUSED
				? "; is the program that listens there running?"
				: "");

		close(s);
		return err;
	}
	*fd = s;
	return ERR_OK;
}

int
socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}
