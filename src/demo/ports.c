/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ports.c: free ports on loopback. */
#include "demo/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
is_free(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

bool
ports_are_free(uint16_t first, int count)
{
	int n = 0;

	while (n < count && is_free((uint16_t)(first + n)))
		n++;
	return n == count;
}

uint16_t
ports_free(int count)
{
	for (int try = 0; try < 1000; try++) {
		uint16_t dice, first;

		if (getrandom(&dice, sizeof dice, 0) != sizeof dice)
			return 0;
		/* Below the range from which the system takes ports for outgoing connections. */
		first = (uint16_t)(10000 + dice % 20000);
		if (ports_are_free(first, count))
			return first;
	}
	return 0;
}
