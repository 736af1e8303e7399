/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peer.c: who is at the other end. */
#include "fanout/conn.h"

#include <string.h>

void
http_exchange_peer(const struct http_exchange *x, char out[HTTP_PEER_TEXT])
{
	struct address a = {.len = sizeof a.at};
	char text[ADDRESS_TEXT];
	size_t len;

	out[0] = '\0';
	if (x->conn == NULL ||
		getpeername(x->conn->watch.fd, (struct sockaddr *)&a.at, &a.len) != 0)
		return;
	if (a.at.ss_family == AF_UNIX) {
		strcpy(out, "unix");
		return;
	}
	address_write(text, &a);
	len = (size_t)(strrchr(text, ':') - text);
	if (len >= HTTP_PEER_TEXT)
		return;
	memcpy(out, text, len);
	out[len] = '\0';
}

int64_t
http_exchange_peer_uid(const struct http_exchange *x)
{
	struct ucred cred;
	struct sockaddr_storage at;
	socklen_t len = sizeof cred, at_len = sizeof at;

	if (x->conn == NULL ||
		getsockname(x->conn->watch.fd, (struct sockaddr *)&at, &at_len) != 0 ||
		at.ss_family != AF_UNIX ||
		getsockopt(x->conn->watch.fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -1;
	return (int64_t)cred.uid;
}
