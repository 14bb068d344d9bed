/* The adapter on a Raspberry Pi Pico. The chip's timer is the clock: alarm 0 scans, 1 edges of stimuli, 2 conversions;
 * alarm 3 is the SDK's and wakes the main loop now and then. */
#include <string.h>
#include "hardware/adc.h"
#include "hardware/flash.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/structs/vreg_and_chip_reset.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "hardware/watchdog.h"
#include "pico/bootrom.h"
#include "pico/time.h"
#include "tusb.h"
#include "../../src/core.h"
#include "../../src/hal.h"

#define LEAD 20            /* ticks before an edge that its interrupt comes: longer than others may hold it up */
#define SETTLE 8           /* ticks from switching to the first conversion: many time constants of the switch */
#define MEAN_OF 4          /* conversions of 2 µs */
#define STORE_AT (PICO_FLASH_SIZE_BYTES - FLASH_SECTOR_SIZE)
#define TOUCH_BAUD 1200    /* a port opened at this rate asks for the drive that takes images */

enum { SCAN, EDGE, CONVERT };
enum { BY_POWER = 1, BY_PIN = 2, BY_WATCHDOG = 8 }; /* as MCUSR says it */

static volatile uint32_t scan_at, edge_at;
static volatile uint8_t scan_set, edge_set, convert_set, restart;
static uint32_t levels;    /* of the spike inputs, as last seen */

extern char __StackLimit, __end__;

uint32_t hal_now(void)
{
    return timer_hw->timerawl;
}

uint8_t hal_lock(void)
{
    return (uint8_t)save_and_disable_interrupts();
}

void hal_unlock(uint8_t was)
{
    restore_interrupts(was);
}

/* The interrupt of alarm `which` comes at t, or at once where t has passed. */
static void __not_in_flash_func(arm)(uint which, uint32_t t)
{
    timer_hw->alarm[which] = t;
    if ((int32_t)(t - timer_hw->timerawl) <= 0) {
        timer_hw->armed = 1u << which;
        irq_set_pending(TIMER_IRQ_0 + which);
    }
}

/* -- scans ------------------------------------------------------------------------------------------------------ */

void hal_scan_alarm(uint32_t t)
{
    scan_at = t;
    scan_set = 1;
    arm(SCAN, t);
}

void hal_scan_cancel(void)
{
    scan_set = convert_set = 0;
}

static void on_scan(void)
{
    timer_hw->intr = 1u << SCAN;
    if (!scan_set || (int32_t)(scan_at - hal_now()) > LEAD)
        return; /* cancelled, or put off */
    scan_set = 0;
    core_on_scan();
}

static void choose(uint8_t channel)
{
    gpio_put_masked(7u << ADDRESS_PIN, (uint32_t)channel << ADDRESS_PIN);
}

static uint16_t convert(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < MEAN_OF; i++)
        sum += adc_read();
    return (uint16_t)(sum / MEAN_OF);
}

void hal_adc_start(uint8_t channel)
{
    choose(channel);
    convert_set = 1;
    arm(CONVERT, hal_now() + SETTLE);
}

static void on_convert(void)
{
    timer_hw->intr = 1u << CONVERT;
    if (!convert_set)
        return;
    convert_set = 0;
    core_on_adc(convert());
}

void hal_adc_speed(uint32_t sps)
{
    (void)sps; /* quick enough for all */
}

uint16_t hal_adc_measure(uint8_t channel)
{
    choose(channel);
    hal_wait(SETTLE);
    return convert();
}

uint16_t hal_vref_mv(void)
{
    return 0; /* nothing inside that is known better than the reference */
}

/* -- stimuli ---------------------------------------------------------------------------------------------------- */

/* Into the shift registers, not yet onto the lines. At 3.3 V a 74HC595 takes some 20 MHz; this is far slower. */
static void __not_in_flash_func(prepare)(uint32_t lines)
{
    for (uint32_t bit = 1u << (N_STIM - 1); bit; bit >>= 1) { /* the last register's come first */
        gpio_put(DATA_PIN, (lines & bit) != 0);
        busy_wait_at_least_cycles(8);
        gpio_put(CLOCK_PIN, 1);
        busy_wait_at_least_cycles(8);
        gpio_put(CLOCK_PIN, 0);
    }
}

static void __not_in_flash_func(latch)(void)
{
    gpio_put(LATCH_PIN, 1);
    busy_wait_at_least_cycles(8);
    gpio_put(LATCH_PIN, 0);
}

void hal_edge_alarm(uint32_t t, uint32_t lines)
{
    prepare(lines);
    edge_at = t;
    edge_set = 1;
    arm(EDGE, t - LEAD);
}

void hal_edge_cancel(void)
{
    edge_set = 0;
}

void hal_edge_hold(void)
{
    irq_set_enabled(TIMER_IRQ_0 + EDGE, false); /* what comes meanwhile waits */
}

void hal_edge_release(void)
{
    irq_set_enabled(TIMER_IRQ_0 + EDGE, true);
}

void hal_lines(uint32_t lines)
{
    edge_set = 0;
    prepare(lines);
    latch();
}

static void __not_in_flash_func(on_edge)(void)
{
    timer_hw->intr = 1u << EDGE;
    if (!edge_set || (int32_t)(edge_at - timer_hw->timerawl) > 2 * LEAD)
        return; /* cancelled, or put off */
    uint32_t t;
    while ((int32_t)(edge_at - (t = timer_hw->timerawl)) > 0) { /* not a tick too early */
    }
    latch();
    edge_set = 0;
    core_on_edge(t);
}

/* -- spikes ----------------------------------------------------------------------------------------------------- */

static uint32_t spike_levels(void)
{
    uint32_t bits = gpio_get_all() >> SPIKE_PIN & ((1u << N_SPIKE) - 1);
    return SPIKE_INVERTED ? bits ^ ((1u << N_SPIKE) - 1) : bits;
}

uint8_t hal_spikes(void)
{
    return (uint8_t)spike_levels();
}

static void on_spikes(void)
{
    uint32_t t = hal_now();
    for (uint pin = SPIKE_PIN; pin < SPIKE_PIN + N_SPIKE; pin++)
        gpio_acknowledge_irq(pin, GPIO_IRQ_EDGE_RISE | GPIO_IRQ_EDGE_FALL);
    uint32_t now = spike_levels(), changed = now ^ levels;
    levels = now;
    if (changed)
        core_on_spikes(t, (uint8_t)changed, (uint8_t)now);
}

/* -- the line to the host --------------------------------------------------------------------------------------- */

uint16_t hal_tx_room(void)
{
    return (uint16_t)tud_cdc_write_available();
}

uint16_t hal_tx_waiting(void)
{
    return (uint16_t)(CFG_TUD_CDC_TX_BUFSIZE - tud_cdc_write_available());
}

void hal_tx(const uint8_t *data, uint8_t n)
{
    tud_cdc_write(data, n);
    tud_cdc_write_flush();
}

uint8_t hal_rx(uint8_t *byte)
{
    return (uint8_t)tud_cdc_read(byte, 1);
}

uint16_t hal_rx_overflows(void)
{
    return 0; /* USB lets the host wait */
}

/* A host that opens the port starts the device anew, as on a Nano. */
void tud_cdc_line_state_cb(uint8_t port, bool dtr, bool rts)
{
    (void)port, (void)rts;
    if (dtr)
        restart = 1;
}

void tud_cdc_line_coding_cb(uint8_t port, cdc_line_coding_t const *coding)
{
    (void)port;
    if (coding->bit_rate == TOUCH_BAUD)
        reset_usb_boot(0, 0);
}

/* -- the rest --------------------------------------------------------------------------------------------------- */

void hal_store_read(void *data, uint8_t n)
{
    memcpy(data, (const void *)(XIP_BASE + STORE_AT), n);
}

uint8_t hal_store_write(const void *data, uint8_t n)
{
    static uint8_t page[FLASH_PAGE_SIZE];
    memset(page, 0xFF, sizeof page);
    memcpy(page, data, n);
    uint32_t was = save_and_disable_interrupts(); /* no code can be read from the flash for some 50 ms */
    flash_range_erase(STORE_AT, FLASH_SECTOR_SIZE);
    flash_range_program(STORE_AT, page, sizeof page);
    restore_interrupts(was);
    return memcmp((const void *)(XIP_BASE + STORE_AT), data, n) == 0;
}

uint16_t hal_free_ram(void)
{
    uint32_t left = (uint32_t)(&__StackLimit - &__end__);
    return left > UINT16_MAX ? UINT16_MAX : (uint16_t)left;
}

uint8_t hal_reset_cause(void)
{
    uint32_t why = vreg_and_chip_reset_hw->chip_reset;
    if (watchdog_caused_reboot())
        return BY_WATCHDOG;
    return why & VREG_AND_CHIP_RESET_CHIP_RESET_HAD_RUN_BITS ? BY_PIN : BY_POWER;
}

void hal_wait(uint32_t ticks)
{
    uint32_t from = hal_now();
    while (hal_now() - from < ticks) {
    }
}

void hal_reset(void)
{
    restart = 1; /* by the main loop: a true reset would take the port away from under the host */
}

static void pins_init(void)
{
    gpio_init_mask(7u << ADDRESS_PIN | 1u << LATCH_PIN | 1u << DATA_PIN | 1u << CLOCK_PIN
                   | ((1u << N_SPIKE) - 1) << SPIKE_PIN);
    gpio_set_dir_out_masked(7u << ADDRESS_PIN | 1u << LATCH_PIN | 1u << DATA_PIN | 1u << CLOCK_PIN);
    irq_set_exclusive_handler(IO_IRQ_BANK0, on_spikes);
    for (uint pin = SPIKE_PIN; pin < SPIKE_PIN + N_SPIKE; pin++) {
        gpio_pull_up(pin); /* what isn't plugged in is quiet */
        gpio_set_irq_enabled(pin, GPIO_IRQ_EDGE_RISE | GPIO_IRQ_EDGE_FALL, true);
    }
    hal_wait(10);
    levels = spike_levels();
    adc_init();
    adc_gpio_init(MEMBRANE_PIN);
    adc_select_input(MEMBRANE_PIN - 26);
}

static void alarms_init(void)
{
    static const irq_handler_t handlers[] = {[SCAN] = on_scan, [EDGE] = on_edge, [CONVERT] = on_convert};
    for (uint which = SCAN; which <= CONVERT; which++) {
        hardware_alarm_claim(which);
        irq_set_exclusive_handler(TIMER_IRQ_0 + which, handlers[which]);
        irq_set_priority(TIMER_IRQ_0 + which, which == EDGE ? 0x00 : 0x80);
        hw_set_bits(&timer_hw->inte, 1u << which);
        irq_set_enabled(TIMER_IRQ_0 + which, true);
    }
    irq_set_priority(IO_IRQ_BANK0, 0x40);
    irq_set_enabled(IO_IRQ_BANK0, true);
}

static bool wake(repeating_timer_t *timer)
{
    (void)timer;
    return true;
}

int main(void)
{
    static repeating_timer_t timer;
    tusb_init();
    pins_init();
    alarms_init();
    add_repeating_timer_ms(-5, wake, NULL, &timer);
    core_init();
    for (;;) {
        tud_task();
        if (restart) {
            restart = 0;
            tud_cdc_write_clear(); /* what an earlier host didn't fetch */
            core_init();
        }
        if (core_poll())
            continue;
        uint32_t was = save_and_disable_interrupts(); /* what came meanwhile would otherwise wait */
        if (!tud_task_event_ready() && !tud_cdc_available())
            __wfi();
        restore_interrupts(was);
    }
}
