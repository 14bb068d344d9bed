/* The adapter as a program: the same core, with boards that are computed, behind a pty or a TCP port.
 *
 *   adapter-host pty LINK          LINK becomes a symbolic link to the pty
 *   adapter-host tcp PORT          waits on 127.0.0.1:PORT; prints the port (0: any)
 *   … [--store FILE]               what an EEPROM would hold (kept in memory otherwise)
 *
 * It ends with its standard input, so that it never outlives what started it. Time is the computer's.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "../../sim/boards.h"
#include "../../src/core.h"
#include "../../src/hal.h"

#define STEP_TICKS 200u  /* of the boards: 0.1 ms */
#define MOST_BEHIND (PORT_TICK_HZ / 2)

static uint64_t now_ticks;           /* of what has been computed; hal_now is its lower half */
static uint64_t boards_at;
static boards table;
static uint32_t lines_now;
static int scan_set, edge_set, restart;
static uint32_t scan_at, edge_at, edge_lines;
static int adc_wanted = -1;
static uint8_t tx[4096];
static unsigned tx_n;
static uint8_t rx[4096];
static unsigned rx_n, rx_at;
static uint16_t overflows;
static const char *store_path;
static uint8_t store_now[128];

uint32_t hal_now(void) { return (uint32_t)now_ticks; }
uint8_t hal_lock(void) { return 0; }
void hal_unlock(uint8_t was) { (void)was; }
void hal_scan_alarm(uint32_t t) { scan_at = t, scan_set = 1; }
void hal_scan_cancel(void) { scan_set = 0, adc_wanted = -1; }
void hal_adc_start(uint8_t channel) { adc_wanted = channel; }
void hal_adc_speed(uint32_t sps) { (void)sps; }
void hal_edge_alarm(uint32_t t, uint32_t lines) { edge_at = t, edge_lines = lines, edge_set = 1; }
void hal_edge_cancel(void) { edge_set = 0; }
void hal_edge_hold(void) {}
void hal_edge_release(void) {}
void hal_lines(uint32_t lines) { lines_now = lines, edge_set = 0; }
uint16_t hal_tx_room(void) { return (uint16_t)(sizeof tx - tx_n); }
uint16_t hal_tx_waiting(void) { return (uint16_t)tx_n; }
uint16_t hal_rx_overflows(void) { return overflows; }
uint16_t hal_vref_mv(void) { return PORT_VREF_UV / 1000; }
uint16_t hal_free_ram(void) { return 1000; }
uint8_t hal_reset_cause(void) { return 1; }
void hal_reset(void) { restart = 1; }

/* Line 0 is plugged into spike input 7, as with the plug for the self-test, while board 7 is silent. */
uint8_t hal_spikes(void) { return (uint8_t)(boards_spikes(&table) | (lines_now & 1) << 7); }

void hal_tx(const uint8_t *data, uint8_t n)
{
    memcpy(tx + tx_n, data, n);
    tx_n += n;
}

uint8_t hal_rx(uint8_t *byte)
{
    if (rx_at == rx_n)
        return 0;
    *byte = rx[rx_at++];
    return 1;
}

uint16_t hal_adc_measure(uint8_t channel)
{
    double code = table.one[channel].v / (PORT_VREF_UV * 1e-6) * (1 << ADC_BITS);
    return (uint16_t)(code < 0 ? 0 : code > 1023 ? 1023 : code);
}

void hal_store_read(void *data, uint8_t n)
{
    FILE *file = store_path ? fopen(store_path, "rb") : NULL;
    if (file) {
        if (fread(store_now, 1, sizeof store_now, file) == 0)
            memset(store_now, 0xFF, sizeof store_now);
        fclose(file);
    }
    memcpy(data, store_now, n);
}

uint8_t hal_store_write(const void *data, uint8_t n)
{
    memcpy(store_now, data, n);
    FILE *file = store_path ? fopen(store_path, "wb") : NULL;
    if (!file)
        return store_path == NULL;
    size_t wrote = fwrite(store_now, 1, sizeof store_now, file);
    return (uint8_t)((fclose(file) == 0) & (wrote == sizeof store_now));
}

/* Computes on to tick `to`, giving every alarm at its own time. */
static void advance(uint64_t to)
{
    while (1) {
        uint64_t next = boards_at + STEP_TICKS;
        int which = 0;
        if (scan_set) {
            int32_t ahead = (int32_t)(scan_at - (uint32_t)now_ticks);
            uint64_t at = ahead < 0 ? now_ticks : now_ticks + (uint32_t)ahead;
            if (at <= next)
                next = at, which = 1;
        }
        if (edge_set) {
            int32_t ahead = (int32_t)(edge_at - (uint32_t)now_ticks);
            uint64_t at = ahead < 0 ? now_ticks : now_ticks + (uint32_t)ahead;
            if (at <= next)
                next = at, which = 2;
        }
        if (next > to)
            break;
        now_ticks = next;
        if (which == 1) {
            scan_set = 0;
            core_on_scan();
            while (adc_wanted >= 0) {
                uint8_t channel = (uint8_t)adc_wanted;
                adc_wanted = -1;
                core_on_adc(hal_adc_measure(channel));
            }
        } else if (which == 2) {
            edge_set = 0;
            lines_now = edge_lines;
            core_on_edge(hal_now());
        } else {
            uint8_t before = hal_spikes();
            boards_step(&table, (double)STEP_TICKS / PORT_TICK_HZ, lines_now);
            boards_at += STEP_TICKS;
            uint8_t after = hal_spikes();
            if (before != after)
                core_on_spikes(hal_now(), before ^ after, after);
        }
        while (core_poll() && tx_n < sizeof tx / 2) {
        }
    }
    if (to > now_ticks) /* a self-test may have taken longer */
        now_ticks = to;
}

void hal_wait(uint32_t ticks)
{
    now_ticks += ticks;
}

static uint64_t clock_ticks(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * PORT_TICK_HZ + (uint64_t)t.tv_nsec / (1000000000ul / PORT_TICK_HZ);
}

static void start(void)
{
    restart = 0;
    scan_set = edge_set = 0;
    core_init();
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
    tcsetattr(slave, TCSANOW, &raw); /* the slave stays open here: the pty outlasts hosts that come and go */
    fcntl(master, F_SETFL, O_NONBLOCK);
    unlink(link);
    if (symlink(name, link))
        return -1;
    return master;
}

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    socklen_t size = sizeof at;
    int yes = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (server < 0 || bind(server, (struct sockaddr *)&at, size) || listen(server, 1)
        || getsockname(server, (struct sockaddr *)&at, &size))
        return -1;
    printf("%u\n", ntohs(at.sin_port));
    fflush(stdout);
    return server;
}

int main(int argc, char **argv)
{
    int server = -1, wire = -1;
    for (int i = 3; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--store") == 0)
            store_path = argv[i + 1];
    if (argc >= 3 && strcmp(argv[1], "pty") == 0)
        wire = open_pty(argv[2]);
    else if (argc >= 3 && strcmp(argv[1], "tcp") == 0)
        server = listen_on(argv[2]);
    if (wire < 0 && server < 0) {
        fprintf(stderr, "usage: %s pty LINK | tcp PORT [--store FILE]\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    memset(store_now, 0xFF, sizeof store_now);
    boards_init(&table);
    uint64_t zero = clock_ticks();
    start();
    for (;;) {
        struct pollfd fds[3] = {{.fd = wire, .events = (short)(POLLIN | (tx_n ? POLLOUT : 0))},
                                {.fd = 0, .events = POLLIN}, {.fd = wire < 0 ? server : -1, .events = POLLIN}};
        if (poll(fds, 3, wire < 0 ? 5 : tx_n ? 1 : 1) < 0 && errno != EINTR)
            return 1;
        if (fds[1].revents) {
            char ignored[64];
            if (read(0, ignored, sizeof ignored) <= 0)
                break;
        }
        if (fds[2].revents & POLLIN) {
            if (wire >= 0)
                close(wire); /* the latest host counts */
            wire = accept(server, NULL, NULL);
            fcntl(wire, F_SETFL, O_NONBLOCK);
            tx_n = 0;
            start(); /* a host that opens the port resets the device, as on a Nano */
        }
        if (fds[0].revents & (POLLIN | POLLHUP)) {
            ssize_t n = read(wire, rx, sizeof rx);
            if (n <= 0 && server >= 0) {
                close(wire);
                wire = -1;
            }
            rx_n = n > 0 ? (unsigned)n : 0;
            rx_at = 0;
        }
        uint64_t to = clock_ticks() - zero;
        if (to > now_ticks + MOST_BEHIND) /* the computer slept */
            zero += to - now_ticks, to = now_ticks;
        if (to < now_ticks)
            to = now_ticks;
        do {
            while (core_poll() && tx_n < sizeof tx / 2) {
            }
        } while (rx_at < rx_n && tx_n < sizeof tx / 2);
        advance(to);
        rx_n = rx_at = 0;
        if (restart)
            start();
        if (tx_n && wire >= 0) {
            ssize_t n = write(wire, tx, tx_n);
            if (n > 0) {
                memmove(tx, tx + n, tx_n - (unsigned)n);
                tx_n -= (unsigned)n;
            }
        }
    }
    if (server < 0)
        unlink(argv[2]);
    return 0;
}
