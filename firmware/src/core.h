/* The adapter: streams membranes and spikes, gives stimuli, answers. Knows no chip; see hal.h. */
#ifndef LUI_CORE_H
#define LUI_CORE_H

#include <stdint.h>

/* Before interrupts are let in. */
void core_init(void);

/* Again and again from the main loop. Returns 0 when there is nothing to do until the next interrupt. */
uint8_t core_poll(void);

/* From the port's interrupts. */
void core_on_scan(void);
void core_on_adc(uint16_t code);
void core_on_edge(uint32_t t); /* the lines have changed at t; others may interrupt it */
void core_on_spikes(uint32_t t, uint8_t changed, uint8_t levels); /* bit k of levels: a spike lasts at input k */

#endif
