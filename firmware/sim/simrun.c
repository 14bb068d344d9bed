/* Runs the adapter's image in simavr, with computed boards at its pins, behind a pty.
 *
 *   simrun IMAGE LINK [--edges FILE] [--speed 0] [--relay 1]
 *
 * IMAGE is an .elf that starts at address 0, or the .hex of a bootloader, which starts where it lies, in an otherwise
 * empty chip. LINK becomes a symbolic link to the pty. --edges writes each change of the stimulus lines: cycle and lines
 * (hex). --relay: no board fires by itself, and one pulse makes a spike. It ends with its standard input. Keeps real
 * time, unless --speed 0: as fast as it can.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 * This one program is linked with libsimavr, whose licence is the GNU GPL, version 3; it is a tool for tests and no part
 * of the firmware, of the app or of what they are made of.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "avr_adc.h"
#include "avr_extint.h"
#include "avr_ioport.h"
#include "avr_uart.h"
#include "sim_avr.h"
#include "sim_elf.h"
#include "sim_hex.h"
#include "boards.h"

#define F_CPU 16000000ul
#define STEP_CYCLES 1600ul /* of the boards: 0.1 ms */
#define SLICE 16000ul      /* cycles between two looks at the pty: 1 ms */
#define AREF_MV 2500
#define MCUSR 0x54
#define EXTERNAL_RESET 2

static avr_t *avr;
static boards table;
static uint32_t shifted, lines, data_level;
static int wire = -1;
static uint8_t out[8192];
static unsigned n_out;
static uint8_t in[4096];
static unsigned n_in, in_at;
static int may_send = 1;
static FILE *edges;
static uint8_t spikes_now;
static avr_cycle_count_t sliced_at;

static void no_sleep(avr_t *who, avr_cycle_count_t howlong)
{
    (void)who, (void)howlong;
}

static void on_byte(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)param;
    if (n_out < sizeof out)
        out[n_out++] = (uint8_t)value;
}

static void on_xon(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)value, (void)param;
    may_send = 1;
}

static void on_xoff(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)value, (void)param;
    may_send = 0;
}

static void on_data(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)param;
    data_level = value & 1;
}

static void on_clock(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)param;
    if (value)
        shifted = (shifted << 1 | data_level) & 0xFFFFFF;
}

static void on_latch(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)param;
    if (!value || lines == shifted)
        return;
    lines = shifted;
    if (edges)
        fprintf(edges, "%llu %06x\n", (unsigned long long)avr->cycle, lines);
}

static void set_pin(char port, int bit, int level)
{
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), bit), (uint32_t)level);
}

static void show_spikes(uint8_t bits)
{
    for (int k = 0; k < 8; k++)
        if ((bits ^ spikes_now) >> k & 1)
            set_pin(k < 6 ? 'D' : 'B', k < 6 ? k + 2 : k - 6, !(bits >> k & 1)); /* through the inverter */
    spikes_now = bits;
}

static avr_cycle_count_t on_step(avr_t *who, avr_cycle_count_t when, void *param)
{
    (void)who, (void)param;
    boards_step(&table, (double)STEP_CYCLES / F_CPU, lines);
    for (int k = 0; k < 8; k++)
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + k), (uint32_t)(table.one[k].v * 1000 + 0.5));
    /* Line 0 is plugged into input 7, as for the self-test. */
    show_spikes((uint8_t)(boards_spikes(&table) | (lines & 1) << 7));
    return when + STEP_CYCLES;
}

static avr_cycle_count_t on_slice(avr_t *who, avr_cycle_count_t when, void *param)
{
    (void)who, (void)param;
    sliced_at = when;
    while (may_send && in_at < n_in)
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), in[in_at++]);
    return when + SLICE / 16;
}

static int open_pty(const char *link)
{
    int master, slave;
    char name[256];
    struct termios raw;
    if (openpty(&master, &slave, name, NULL, NULL))
        return -1;
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    fcntl(master, F_SETFL, O_NONBLOCK);
    unlink(link);
    return symlink(name, link) ? -1 : master;
}

static void hook(void)
{
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_byte, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON), on_xon, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF), on_xoff, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 3), on_data, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 5), on_clock, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 2), on_latch, NULL);
    /* Without this, a low level at D2 or D3 is looked at in every single cycle. */
    avr_extint_set_strict_lvl_trig(avr, 0, 0);
    avr_extint_set_strict_lvl_trig(avr, 1, 0);
    for (int k = 0; k < 8; k++)
        set_pin(k < 6 ? 'D' : 'B', k < 6 ? k + 2 : k - 6, 1);
}

/* Timers of the simulation, which a reset of the chip drops. */
static void keep_time(void)
{
    if (sliced_at && avr->cycle - sliced_at < SLICE)
        return;
    sliced_at = avr->cycle;
    avr_cycle_timer_register(avr, STEP_CYCLES, on_step, NULL);
    avr_cycle_timer_register(avr, SLICE / 16, on_slice, NULL);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void exchange(void)
{
    if (n_out) {
        ssize_t n = write(wire, out, n_out);
        if (n > 0) {
            memmove(out, out + n, n_out - (unsigned)n);
            n_out -= (unsigned)n;
        } else if (n_out == sizeof out) {
            n_out = 0; /* nobody reads: what a real line would lose */
        }
    }
    if (in_at == n_in) {
        ssize_t n = read(wire, in, sizeof in);
        n_in = n > 0 ? (unsigned)n : 0;
        in_at = 0;
    }
}

int main(int argc, char **argv)
{
    elf_firmware_t image;
    ihex_chunk_p loader = NULL;
    int n_chunks = 0, relay = 0;
    int real_time = 1;
    memset(&image, 0, sizeof image);
    if (argc >= 3 && strlen(argv[1]) > 4 && strcmp(argv[1] + strlen(argv[1]) - 4, ".hex") == 0)
        n_chunks = read_ihex_chunks(argv[1], &loader);
    if (argc < 3 || (n_chunks <= 0 && elf_read_firmware(argv[1], &image))) {
        fprintf(stderr, "usage: %s IMAGE LINK [--edges FILE] [--speed 0] [--relay 1]\n", argv[0]);
        return 2;
    }
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--edges") == 0)
            edges = fopen(argv[i + 1], "w");
        else if (strcmp(argv[i], "--speed") == 0)
            real_time = atoi(argv[i + 1]) != 0;
        else if (strcmp(argv[i], "--relay") == 0)
            relay = atoi(argv[i + 1]);
    }
    avr = avr_make_mcu_by_name("atmega328p");
    wire = open_pty(argv[2]);
    if (!avr || wire < 0)
        return 1;
    avr_init(avr);
    avr->frequency = F_CPU;
    avr->vcc = avr->avcc = 5000;
    avr->aref = AREF_MV;
    avr->sleep = no_sleep;
    if (n_chunks > 0) {
        memset(avr->flash, 0xFF, avr->flashend + 1);
        for (int k = 0; k < n_chunks; k++)
            memcpy(avr->flash + loader[k].baseaddr, loader[k].data, loader[k].size);
        avr->pc = avr->reset_pc = loader[0].baseaddr;
        avr->codeend = avr->flashend;
        avr->data[MCUSR] = EXTERNAL_RESET; /* as by the port that is opened: the loader listens */
    } else {
        avr_load_firmware(avr, &image);
    }
    avr->log = LOG_ERROR;
    boards_init(&table);
    if (relay)
        boards_relay(&table);
    hook();
    keep_time();
    double begun = seconds();
    for (;;) {
        avr_cycle_count_t until = avr->cycle + SLICE;
        while (avr->cycle < until) {
            int state = avr_run(avr);
            if (state == cpu_Done || state == cpu_Crashed) {
                fprintf(stderr, "the image crashed at cycle %llu\n", (unsigned long long)avr->cycle);
                return 1;
            }
        }
        exchange();
        keep_time();
        struct pollfd fd = {.fd = 0, .events = POLLIN};
        double ahead = (double)avr->cycle / F_CPU - (seconds() - begun);
        if (ahead < -0.5)
            begun += -ahead; /* the computer is too slow, or slept */
        int wait = real_time && ahead > 0 ? (int)(ahead * 1000) : 0;
        if (poll(&fd, 1, wait) > 0) {
            char ignored[64];
            if (read(0, ignored, sizeof ignored) <= 0)
                break;
        }
    }
    if (edges)
        fclose(edges);
    unlink(argv[2]);
    return 0;
}
