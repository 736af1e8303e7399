/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_foreign.c: what a child tells of any document, a source takes or refuses, and lists. */
#include "alert/foreign.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct foreign_conf conf = {false, 0};
	json_t *told, *list = json_array();
	const json_t *alerts;
	struct foreign *f;

	if (foreign_read(&told, bytes_of(at, len), NULL, 0) != ERR_OK)
		return 0;
	assert(foreign_new(&f, &conf) == ERR_OK);
	alerts = json_object_get(told, "alerts");
	for (size_t i = 0; i < json_array_size(alerts); i++)
		(void)!foreign_take(f, 0, json_array_get(alerts, i), "");
	assert(foreign_alerts(list, f, "fuzz", 0));
	foreign_free(f);
	json_decref(list);
	json_decref(told);
	return 0;
}
