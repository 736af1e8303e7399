/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound.c: chooses between file and loudspeaker. */
#include "hands/sound.h"

#include <string.h>

enum err
sound_read(struct sound *out, const char *text, struct fault *fault)
{
	if (strcmp(text, "none") == 0)
		*out = (struct sound){SOUND_NONE, ""};
	else if (strncmp(text, "wav:", 4) == 0 && text[4] != '\0')
		*out = (struct sound){SOUND_WAV, text + 4};
	else if (strncmp(text, "alsa:", 5) == 0 && text[5] != '\0')
		*out = (struct sound){SOUND_ALSA, text + 5};
	else
		return fault_set(fault, ERR_FORMAT,
			"sound \"%s\": write none, wav:FILE or alsa:DEVICE", text);
	return ERR_OK;
}

enum err
sound_play(const struct sound *s, const struct pattern *p, uint32_t seconds,
	const volatile sig_atomic_t *stop, struct fault *fault)
{
	switch (s->way) {
	case SOUND_NONE:
		return ERR_OK;
	case SOUND_WAV:
		return wav_write(s->target, p, seconds, stop, fault);
	case SOUND_ALSA:
		return alsa_play(s->target, p, seconds, stop, fault);
	}
	return ERR_OK;
}
