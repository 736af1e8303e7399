/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fanserve.c: nothing but the fan-out: GET /sub subscribes, POST /pub sends its body to all,
 * GET /counts tells. Usage: fanserve ADDRESS */
#include "fanout/broadcast.h"
#include "loop/loop.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

struct fanserve {
	struct loop *loop;
	struct http_server *server;
	struct broadcast *cast;
	struct broadcast_counts counts; /* when the last message had been sent */
};

static void
publish(struct fanserve *f, struct http_exchange *x, struct bytes body)
{
	struct buffer out = {0};
	struct frame *frame;

	write_text(&out, "data: ");
	write_bytes(&out, body.at, body.len);
	write_text(&out, "\n\n");
	frame = out.err == ERR_OK ? frame_new(buffer_bytes(&out)) : NULL;
	buffer_free(&out);
	if (frame == NULL) {
		http_exchange_say(x, 503, "no memory");
		return;
	}
	http_exchange_say(x, 200, "%zu", broadcast_send(f->cast, frame, 1));
	frame_drop(frame);
	f->counts = broadcast_counts(f->cast);
}

static void
handle(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct fanserve *f = ctx;

	if (http_path_is(req, "/sub")) {
		if (broadcast_subscribe(NULL, f->cast, x, CLASS_BROWSER, 1,
			    bytes_of(NULL, 0)) != ERR_OK)
			fprintf(stderr, "fanserve: a subscriber left early\n");
	} else if (http_path_is(req, "/pub")) {
		publish(f, x, req->body);
	} else {
		http_exchange_say(x, 200,
			"{\"subscribers\": %zu, \"bytes\": %zu, \"queued\": %zu, "
			"\"dropped\": %" PRIu64 "}",
			f->counts.subscribers[CLASS_BROWSER],
			f->counts.memory_per_subscriber, f->counts.queued,
			f->counts.dropped);
	}
}

static void
on_term(void *ctx, int signo)
{
	(void)signo;
	loop_stop(ctx);
}

static enum err
serve(struct fanserve *f, const char *address, struct fault *fault)
{
	struct http_server_config conf = {.connections_max = 19500};
	enum err err = loop_new(&f->loop, fault);

	if (err == ERR_OK)
		err = loop_signal(f->loop, SIGTERM, on_term, f->loop);
	if (err == ERR_OK)
		err = http_server_new(&f->server, f->loop, &conf, handle, f);
	if (err == ERR_OK)
		err = broadcast_new(&f->cast, f->loop, 0, NULL, NULL);
	if (err == ERR_OK)
		err = http_server_listen(f->server, address, fault);
	if (err == ERR_OK) {
		printf("%s\n", http_server_address(f->server, 0));
		fflush(stdout);
		err = loop_run(f->loop, fault);
	}
	broadcast_free(f->cast);
	http_server_free(f->server);
	loop_free(f->loop);
	return err;
}

int
main(int argc, char **argv)
{
	struct fanserve f = {0};
	struct fault fault = {""};
	struct rlimit limit;

	if (argc != 2) {
		fprintf(stderr, "usage: fanserve ADDRESS\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			perror("fanserve: setrlimit");
	}
	if (serve(&f, argv[1], &fault) != ERR_OK) {
		fprintf(stderr, "fanserve: %s\n", fault.text);
		return 1;
	}
	return 0;
}
