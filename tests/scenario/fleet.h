/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fleet.h: the sirens of a scenario with the shipped brain, and the people whom they know.
 * It keeps tests/town apart from the geometry: each has a `struct box` of its own.
 */
#ifndef TESTS_SCENARIO_FLEET_H
#define TESTS_SCENARIO_FLEET_H

#include "bulletin/verdict.h"

struct patterns;

enum { FLEET_SIRENS = 8, FLEET_TERRITORY = 0x0be1f41a };

struct fleet;
/* A siren did something; `order` is 0 or what it is about. */
typedef void fleet_say_fn(
	void *ctx, int64_t at_ms, uint32_t siren, const char *what, uint64_t order);

struct fleet *fleet_new(const char *data, fleet_say_fn *say, void *ctx);
void fleet_free(struct fleet *f);
struct patterns *fleet_patterns(const struct fleet *f);
/* What went wrong with the scenario itself ends the program. */
__attribute__((format(printf, 1, 2), noreturn)) void scenario_fail(const char *format, ...);

/* Gives the time at which the sirens' day begins. */
int64_t fleet_add(
	struct fleet *f, uint32_t number, const uint16_t *path, size_t depth, bool clock);
void fleet_run(struct fleet *f, int64_t now_ms);
void fleet_give(struct fleet *f, struct bytes order);
void fleet_heartbeat(struct fleet *f);
void fleet_power_cut(struct fleet *f, uint32_t siren, int64_t down_ms);
/* what: "disk" dead|well, "horn" dead|well, "hand" on|off */
void fleet_change(struct fleet *f, uint32_t siren, const char *what, const char *how);

uint16_t fleet_person(const char *name);
/* The bytes of the order with the signatures of these keys. */
struct buffer fleet_sign(
	struct fleet *f, struct order *o, const uint16_t *key, size_t keys);
/* May these bytes leave the hub? Judged where the first body sounds. */
enum verdict fleet_judge(const struct fleet *f, struct bytes order);
void fleet_revoke(struct fleet *f, uint16_t key, int64_t now_ms);

#endif
