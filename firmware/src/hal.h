/* What a port gives the core. Next to it a port has a port.h with its numbers:
 * PORT_BOARD, PORT_FLAGS, PORT_TICK_HZ, PORT_MAX_SPS, PORT_VREF_UV, N_ADC, ADC_BITS, N_SPIKE, N_STIM. */
#ifndef LUI_HAL_H
#define LUI_HAL_H

#include <stdint.h>
#include "port.h"

/* The clock [ticks]. From anywhere. */
uint32_t hal_now(void);

/* Nothing interrupts between these two. From the main loop. */
uint8_t hal_lock(void);
void hal_unlock(uint8_t was);

/* Calls core_on_scan once at time t; at once where t has passed. From the main loop, and from core_on_scan. */
void hal_scan_alarm(uint32_t t);
void hal_scan_cancel(void);

/* Begins to convert a channel; core_on_adc gets the code. From the main loop, core_on_scan and core_on_adc. */
void hal_adc_start(uint8_t channel);

/* Makes the converter quick enough for `sps` samples a second, and no quicker than it needs to be. From the main loop,
 * while no scan runs. */
void hal_adc_speed(uint32_t sps);

/* Converts a channel, waits and returns the code. From the main loop, while no scan runs. */
uint16_t hal_adc_measure(uint8_t channel);

/* Shows `lines` (bit k: line k) at time t exactly, and calls core_on_edge with the true time; soon where t has passed.
 * With edges held, and from core_on_edge. */
void hal_edge_alarm(uint32_t t, uint32_t lines);
void hal_edge_cancel(void);

/* core_on_edge is not called between these two. Held only when no edge is due soon. From the main loop. */
void hal_edge_hold(void);
void hal_edge_release(void);

/* Shows `lines` at once, and cancels the alarm. With edges held. */
void hal_lines(uint32_t lines);

/* Bit k: a spike lasts at input k. From the main loop. */
uint8_t hal_spikes(void);

/* The line to the host. From the main loop; hal_tx only with as many bytes as there is room for. */
uint16_t hal_tx_room(void);
uint16_t hal_tx_waiting(void);
void hal_tx(const uint8_t *data, uint8_t n);
uint8_t hal_rx(uint8_t *byte);       /* 0: nothing there */
uint16_t hal_rx_overflows(void);     /* bytes lost since the start */

/* Memory that outlasts a power cut. From the main loop, while no scan runs. Writing returns 0 where it failed. */
void hal_store_read(void *data, uint8_t n);
uint8_t hal_store_write(const void *data, uint8_t n);

/* For the self-test; from the main loop. */
uint16_t hal_vref_mv(void);          /* 0: there is nothing to measure it against */
uint16_t hal_free_ram(void);
uint8_t hal_reset_cause(void);
void hal_wait(uint32_t ticks);

/* Starts the device anew. Doesn't return on a chip. */
void hal_reset(void);

#endif
