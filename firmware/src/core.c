#include "core.h"
#include <stddef.h>
#include "frame.h"
#include "hal.h"

#define FIRMWARE {1, 0, 0}
#define TICKS_10US (PORT_TICK_HZ / 100000ul)
#define TICKS_MS (PORT_TICK_HZ / 1000ul)
#define WATCHDOG_TICKS (3 * PORT_TICK_HZ)
#define LATE_TICKS TICKS_10US             /* an edge later than this is counted */
#define TOGETHER_TICKS (TICKS_10US / 2)   /* edges closer than this are given at once */
#define MOST_EDGES_HZ 6000ul              /* all lines together */
#define ENDLESS 0xFFFFu
#define BLOCK_CODES 48
#define BLOCK_US 8000ul                   /* a block is sent when it is as old as this */
#define N_EDGES 24
#define RX_LONGEST 32                     /* of a decoded frame; the longest message to the device has 24 bytes */

enum { NACK_UNKNOWN = 1, NACK_SHORT, NACK_RANGE, NACK_FAST, NACK_BUSY, NACK_VERSION, NACK_MEMORY };
enum { SEND_SAMPLES = 1, SEND_SPIKES = 2 };
enum { INFO_BOOT = 1, INFO_UID = 2, INFO_CALIBRATED = 4 };

typedef struct {
    uint32_t t0, index;
    uint8_t n_sets;
    volatile uint8_t full;
    uint16_t codes[BLOCK_CODES];
} block;

typedef struct {
    uint32_t t_next;      /* of the next edge */
    uint32_t t_rise, t_fall;
    uint16_t width_10us, period_100us, n_left;
    int16_t late;         /* of the latest rise [ticks]; the fall is as late, so that the width is right */
} line;

typedef struct {
    uint16_t magic;
    uint8_t uid[8], label[12];
    uint32_t vref_uv;
    struct { int32_t gain_ppm, offset_uv; } channel[N_ADC];
    uint16_t crc;
} store;

#define STORE_MAGIC 0x4C31u

static store kept;
static uint8_t rx_frame[RX_LONGEST];
static frame_reader reader;
static uint8_t tx_frame[FRAME_LONGEST + 2];
static uint8_t tx_seq;
static uint8_t greeted;                 /* a host said Hello since the start */
static uint32_t t_heard, t_status, t_last;
static uint16_t wraps, lost_frames, tx_highwater, n_watchdog, vref_mv;

/* Streaming. `block_now` is the one being filled; the other may be full. */
static volatile uint8_t running, flags;
static uint8_t mask, n_channels, sets_per_block;
static uint32_t period_us, period_ticks;
static block blocks[2];
static uint8_t block_now, block_sent;
static volatile uint8_t scanning;
static uint8_t channels[8];             /* that are sampled, the lowest first */
static uint8_t channel_now, code_now;   /* place among them, and in the block */
static uint32_t t_scan, set_index;
static volatile uint16_t lost_sets, overruns;

/* Spikes: a ring that interrupts push into. */
static struct { uint32_t t; uint8_t edge; } edges[N_EDGES];
static volatile uint8_t edge_in, edge_out;
static volatile uint16_t lost_spikes;
static volatile uint8_t lost_now;       /* since the last Spikes */

/* Stimuli. Touched by core_on_edge, and by the main loop with edges held. */
static line lines[N_STIM];
static uint32_t high, active;           /* bit k: line k is high; has edges to come */
static uint32_t planned, t_planned;     /* lines of the next edge, and when */
static volatile uint32_t reported;      /* bit k: a pulse of line k has ended and must be told */
static volatile uint16_t late_edges, lost_reports;

static void count(volatile uint16_t *counter)
{
    if (*counter != UINT16_MAX)
        (*counter)++;
}

static uint16_t peek(const volatile uint16_t *counter)
{
    uint8_t was = hal_lock();
    uint16_t value = *counter;
    hal_unlock(was);
    return value;
}

/* -- sending ---------------------------------------------------------------------------------------------------- */

static uint8_t *body(void)
{
    return tx_frame + 3;
}

static void send(uint8_t id, uint8_t n)
{
    tx_frame[1] = id;
    tx_frame[2] = tx_seq++; /* also of a frame that finds no room: the host sees the gap */
    uint8_t total = frame_encode(tx_frame, n);
    if (hal_tx_room() < total) {
        count(&lost_frames);
        return;
    }
    hal_tx(tx_frame, total);
    uint16_t waiting = hal_tx_waiting();
    if (waiting > tx_highwater)
        tx_highwater = waiting;
}

static void ack(void)
{
    msg_ack m = {.request = rx_frame[0], .request_seq = rx_frame[1], .t = hal_now()};
    msg_ack_put(body(), &m);
    send(MSG_ACK, MSG_ACK_SIZE);
}

static void nack(uint8_t code, uint32_t detail)
{
    msg_nack m = {.request = rx_frame[0], .request_seq = rx_frame[1], .t = hal_now(), .code = code, .detail = detail};
    msg_nack_put(body(), &m);
    send(MSG_NACK, MSG_NACK_SIZE);
}

static uint8_t any(const uint8_t *bytes, uint8_t n)
{
    uint8_t set = 0;
    while (n--)
        set |= *bytes++;
    return set != 0;
}

static uint8_t is_calibrated(void)
{
    return kept.vref_uv != PORT_VREF_UV || any((const uint8_t *)kept.channel, sizeof kept.channel);
}

static void send_info(uint8_t boot)
{
    msg_info m = {
        .proto = LUI_PROTO, .board = PORT_BOARD, .firmware = FIRMWARE, .n_adc = N_ADC, .adc_bits = ADC_BITS,
        .n_spike = N_SPIKE, .n_stim = N_STIM, .tick_hz = PORT_TICK_HZ, .vref_uv = kept.vref_uv,
        .max_scan_sps = PORT_MAX_SPS,
    };
    m.flags = (uint8_t)(PORT_FLAGS | (boot ? INFO_BOOT : 0) | (any(kept.uid, sizeof kept.uid) ? INFO_UID : 0)
                        | (is_calibrated() ? INFO_CALIBRATED : 0));
    memcpy(m.uid, kept.uid, sizeof m.uid);
    memcpy(m.label, kept.label, sizeof m.label);
    msg_info_put(body(), &m);
    send(MSG_INFO, MSG_INFO_SIZE);
}

static void send_status(void)
{
    msg_status m = {
        .now = hal_now(), .wraps = wraps, .lost_sets = peek(&lost_sets), .overruns = peek(&overruns),
        .lost_frames = lost_frames, .lost_spikes = peek(&lost_spikes), .late_edges = peek(&late_edges),
        .bad_rx = reader.n_bad, .rx_overflows = hal_rx_overflows(), .tx_highwater = tx_highwater,
        .watchdog = n_watchdog, .running = running, .mask = mask, .period_us = period_us,
    };
    m.lost_reports = peek(&lost_reports);
    uint8_t was = hal_lock();
    m.stim_active = active;
    hal_unlock(was);
    m.vref_mv = vref_mv;
    msg_status_put(body(), &m);
    send(MSG_STATUS, MSG_STATUS_SIZE);
}

/* -- streaming -------------------------------------------------------------------------------------------------- */

static void stop(void)
{
    hal_scan_cancel();
    hal_adc_speed(0);
    uint8_t was = hal_lock();
    running = 0;
    scanning = 0;
    hal_unlock(was);
    blocks[0].full = blocks[1].full = 0;
    edge_out = edge_in;
}

static void start(const msg_start *m)
{
    stop();
    mask = m->adc_mask;
    flags = m->flags;
    n_channels = 0;
    for (uint8_t k = 0; k < 8; k++)
        if (mask >> k & 1)
            channels[n_channels++] = k;
    period_us = m->period_us;
    period_ticks = period_us / 10 * TICKS_10US + period_us % 10 * TICKS_10US / 10;
    uint32_t most = n_channels ? BLOCK_CODES / n_channels : 1, soon = BLOCK_US / period_us;
    sets_per_block = (uint8_t)(soon < 1 ? 1 : soon < most ? soon : most);
    block_now = block_sent = 0;
    blocks[0].n_sets = blocks[1].n_sets = 0;
    lost_now = 0;
    set_index = 0;
    running = 1;
    if (n_channels && flags & SEND_SAMPLES) {
        hal_adc_speed(n_channels * 1000000ul / period_us);
        t_scan = hal_now() + TICKS_MS;
        hal_scan_alarm(t_scan);
    }
}

void core_on_scan(void)
{
    block *b = &blocks[block_now];
    if (!running)
        return;
    if (scanning) {
        count(&overruns);
    } else if (b->full) {
        count(&lost_sets);
    } else {
        if (b->n_sets == 0) {
            b->t0 = t_scan;
            b->index = set_index;
            code_now = 0;
        }
        scanning = 1;
        channel_now = 0;
        hal_adc_start(channels[0]);
    }
    set_index++;
    t_scan += period_ticks;
    hal_scan_alarm(t_scan);
}

void core_on_adc(uint16_t code)
{
    block *b = &blocks[block_now];
    if (!scanning)
        return;
    if (++channel_now < n_channels) {
        hal_adc_start(channels[channel_now]); /* before anything else: the converter is what limits the rate */
        b->codes[code_now++] = code;
        return;
    }
    b->codes[code_now++] = code;
    scanning = 0;
    b->n_sets++;
    /* A set that was missed ends the block: within one, sets follow each other without a gap. */
    if (b->n_sets >= sets_per_block || set_index != b->index + b->n_sets) {
        b->full = 1;
        block_now ^= 1;
    }
}

static uint8_t send_block(void)
{
    block *b = &blocks[block_sent];
    if (!b->full || hal_tx_room() < FRAME_LONGEST + 2)
        return 0;
    uint8_t n = (uint8_t)(b->n_sets * n_channels);
    msg_samples m = {.t0 = b->t0, .set_index = b->index, .mask = mask, .n_sets = b->n_sets};
    msg_samples_put(body(), &m);
    for (uint8_t i = 0; i < n; i++)
        put_u16(body() + MSG_SAMPLES_SIZE + 2 * i, b->codes[i]);
    b->n_sets = 0;
    b->full = 0;
    block_sent ^= 1;
    send(MSG_SAMPLES, (uint8_t)(MSG_SAMPLES_SIZE + 2 * n));
    return 1;
}

void core_on_spikes(uint32_t t, uint8_t changed, uint8_t levels)
{
    if (!running || !(flags & SEND_SPIKES))
        return;
    for (uint8_t k = 0; changed; k++, changed >>= 1, levels >>= 1) {
        if (!(changed & 1))
            continue;
        uint8_t next = (uint8_t)(edge_in + 1);
        if (next == N_EDGES)
            next = 0;
        if (next == edge_out) {
            count(&lost_spikes);
            if (lost_now != UINT8_MAX)
                lost_now++;
            continue;
        }
        edges[edge_in].t = t;
        edges[edge_in].edge = (uint8_t)(k | (levels & 1 ? 0x80 : 0));
        edge_in = next;
    }
}

static uint8_t send_spikes(void)
{
    if (edge_in == edge_out || hal_tx_room() < FRAME_LONGEST + 2)
        return 0;
    uint8_t n = 0;
    uint8_t was = hal_lock();
    msg_spikes m = {.n_lost = lost_now};
    lost_now = 0;
    hal_unlock(was);
    msg_spikes_put(body(), &m);
    while (edge_out != edge_in && MSG_SPIKES_SIZE + n + 5 <= LUI_LONGEST_BODY) {
        put_u32(body() + MSG_SPIKES_SIZE + n, edges[edge_out].t);
        body()[MSG_SPIKES_SIZE + n + 4] = edges[edge_out].edge;
        n = (uint8_t)(n + 5);
        edge_out = (uint8_t)((edge_out + 1) % N_EDGES);
    }
    send(MSG_SPIKES, (uint8_t)(MSG_SPIKES_SIZE + n));
    return 1;
}

/* -- stimuli ---------------------------------------------------------------------------------------------------- */

/* Finds the next edge. With edges held, or from core_on_edge. */
static void plan(void)
{
    uint32_t now = hal_now(), left = active;
    int32_t soonest = INT32_MAX;
    for (uint8_t k = 0; left; k++, left >>= 1) {
        if (!(left & 1))
            continue;
        int32_t ahead = (int32_t)(lines[k].t_next - now);
        if (ahead < soonest)
            soonest = ahead;
    }
    t_planned = now + (uint32_t)soonest;
    planned = 0;
    if (!active) {
        hal_edge_cancel();
        return;
    }
    uint32_t bit = 1;
    left = active;
    for (uint8_t k = 0; left; k++, left >>= 1, bit <<= 1)
        if (left & 1 && (int32_t)(lines[k].t_next - t_planned) < (int32_t)TOGETHER_TICKS)
            planned |= bit;
    hal_edge_alarm(t_planned, high ^ planned);
}

static void fell(uint8_t k, uint32_t bit, uint32_t t)
{
    if (reported & bit)
        count(&lost_reports);
    lines[k].t_fall = t;
    reported |= bit;
}

void core_on_edge(uint32_t t)
{
    uint32_t was_high = high;
    high ^= planned;
    if (t - t_planned > LATE_TICKS)
        count(&late_edges);
    uint32_t bit = 1, left = planned;
    for (uint8_t k = 0; left; k++, left >>= 1, bit <<= 1) {
        line *one = &lines[k];
        if (!(left & 1))
            continue;
        uint32_t width = one->width_10us * TICKS_10US;
        if (was_high & bit) {
            fell(k, bit, t);
            if (one->n_left)
                one->t_next += one->period_100us * (10 * TICKS_10US) - width - (uint32_t)(int32_t)one->late;
            else
                active &= ~bit;
        } else {
            one->late = (int16_t)(t - one->t_next);
            one->t_rise = t;
            one->t_next = t + width;
            if (one->n_left != ENDLESS)
                one->n_left--;
        }
    }
    plan();
}

static void silence(void)
{
    hal_edge_hold();
    for (uint8_t k = 0; k < N_STIM; k++)
        if (high >> k & 1)
            fell(k, 1ul << k, hal_now());
    active = high = planned = 0;
    hal_lines(0);
    hal_edge_release();
}

/* Edges a second of all lines but one, if they all went on for ever. */
static uint32_t edge_rate(uint8_t except)
{
    uint32_t rate = 0;
    for (uint8_t k = 0; k < N_STIM; k++)
        if (k != except && active >> k & 1 && lines[k].n_left)
            rate += 20000ul / lines[k].period_100us;
    return rate;
}

static void stim(const msg_stim *m)
{
    if (m->n > 1) {
        if (m->period_100us * 10ul <= m->width_10us) {
            nack(NACK_RANGE, 4);
            return;
        }
        uint32_t others = edge_rate(m->line);
        if (others + 20000ul / m->period_100us > MOST_EDGES_HZ) {
            nack(NACK_FAST, others < MOST_EDGES_HZ ? 2000000ul / (MOST_EDGES_HZ - others) : 0);
            return;
        }
    }
    line *one = &lines[m->line];
    uint32_t bit = 1ul << m->line;
    hal_edge_hold();
    uint8_t replan = !planned || ((planned | high) & bit) != 0;
    if (high & bit) {
        high &= ~bit;
        hal_lines(high);
        fell(m->line, bit, hal_now());
    }
    active &= ~bit;
    if (m->n) {
        one->width_10us = m->width_10us;
        one->period_100us = m->period_100us;
        one->n_left = m->n;
        one->t_next = m->t_start ? m->t_start : hal_now() + 40 * TICKS_10US; /* time to plan it */
        active |= bit;
    }
    if (replan || (m->n && (int32_t)(one->t_next - t_planned) < (int32_t)TOGETHER_TICKS))
        plan();
    hal_edge_release();
    ack();
}

static uint8_t send_report(void)
{
    if (!reported || hal_tx_room() < FRAME_LONGEST + 2)
        return 0;
    for (uint8_t k = 0; k < N_STIM; k++) {
        uint32_t bit = 1ul << k;
        if (!(reported & bit))
            continue;
        uint8_t was = hal_lock();
        msg_stim_done m = {.line = k, .n_left = lines[k].n_left, .t_rise = lines[k].t_rise, .t_fall = lines[k].t_fall};
        reported &= ~bit;
        hal_unlock(was);
        msg_stim_done_put(body(), &m);
        send(MSG_STIM_DONE, MSG_STIM_DONE_SIZE);
        return 1;
    }
    return 0;
}

/* -- what lasts, and the self-test ------------------------------------------------------------------------------ */

static uint16_t store_crc(void)
{
    return crc16(0xFFFF, (const uint8_t *)&kept, offsetof(store, crc));
}

static void store_load(void)
{
    hal_store_read(&kept, sizeof kept);
    if (kept.magic == STORE_MAGIC && kept.crc == store_crc())
        return;
    memset(&kept, 0, sizeof kept);
    kept.magic = STORE_MAGIC;
    kept.vref_uv = PORT_VREF_UV;
}

static void store_save(void)
{
    kept.crc = store_crc();
    if (hal_store_write(&kept, sizeof kept))
        ack();
    else
        nack(NACK_MEMORY, 0);
}

static void set_calibration(const msg_calibration_set *m)
{
    if (m->channel == 0xFF) {
        if (m->offset_uv < 500000l) {
            nack(NACK_RANGE, 3);
            return;
        }
        kept.vref_uv = (uint32_t)m->offset_uv;
    } else if (m->channel < N_ADC) {
        kept.channel[m->channel].gain_ppm = m->gain_ppm;
        kept.channel[m->channel].offset_uv = m->offset_uv;
    } else {
        nack(NACK_RANGE, 1);
        return;
    }
    store_save();
}

static uint16_t root(uint32_t x)
{
    uint32_t r = 0;
    for (uint32_t bit = 1ul << 30; bit; bit >>= 2) {
        if (x >= r + bit) {
            x -= r + bit;
            r = (r >> 1) + bit;
        } else {
            r >>= 1;
        }
    }
    return (uint16_t)r;
}

static void self_test(void)
{
    silence();
    uint8_t low = hal_spikes();
    hal_edge_hold();
    hal_lines(1);
    hal_wait(TICKS_MS);
    uint8_t heard = (uint8_t)(hal_spikes() ^ low);
    hal_lines(0);
    hal_wait(TICKS_MS);
    heard = (uint8_t)(heard & ~(hal_spikes() ^ low));
    hal_edge_release();
    msg_self_test_result m = {.vref_mv = hal_vref_mv(), .loopback = heard, .reset_cause = hal_reset_cause(),
                              .free_ram = hal_free_ram()};
    uint8_t n = MSG_SELF_TEST_RESULT_SIZE;
    for (uint8_t k = 0; k < N_ADC; k++) {
        uint16_t first = hal_adc_measure(k);
        int16_t sum = 0;
        uint32_t squares = 0;
        for (uint8_t i = 0; i < 64; i++) {
            int16_t d = (int16_t)(hal_adc_measure(k) - first);
            d = d > 255 ? 255 : d < -255 ? -255 : d;
            sum = (int16_t)(sum + d);
            squares += (uint32_t)((int32_t)d * d);
        }
        put_u16(body() + n, (uint16_t)((int32_t)first * 16 + sum / 4));
        put_u16(body() + n + 2, root((64 * squares - (uint32_t)((int32_t)sum * sum)) * 16));
        n = (uint8_t)(n + 4);
    }
    msg_self_test_result_put(body(), &m);
    send(MSG_SELF_TEST_RESULT, n);
}

/* -- receiving -------------------------------------------------------------------------------------------------- */

static void hello(const msg_hello *m)
{
    stop();
    silence();
    if (m->proto_min > LUI_PROTO || m->proto_max < LUI_PROTO) {
        nack(NACK_VERSION, LUI_PROTO);
        return;
    }
    greeted = 1;
    t_status = hal_now();
    send_info(0);
}

static void try_start(const msg_start *m)
{
    uint32_t n = 0;
    for (uint8_t k = 0; k < 8; k++)
        n += m->adc_mask >> k & 1;
    uint32_t shortest = (n * 1000000ul + PORT_MAX_SPS - 1) / PORT_MAX_SPS;
    if (N_ADC < 8 && m->adc_mask >> N_ADC) {
        nack(NACK_RANGE, 2);
    } else if (m->flags & SEND_SAMPLES && m->period_us < shortest) {
        nack(NACK_FAST, shortest);
    } else {
        start(m);
        ack();
    }
}

static void pong(const msg_ping *ping, uint32_t t_rx)
{
    msg_pong m = {.cookie = ping->cookie, .t_rx = t_rx, .t_tx = hal_now()};
    msg_pong_put(body(), &m);
    send(MSG_PONG, MSG_PONG_SIZE);
}

static void send_calibration(uint8_t channel)
{
    if (channel >= N_ADC) {
        nack(NACK_RANGE, 1);
        return;
    }
    msg_calibration m = {.channel = channel, .gain_ppm = kept.channel[channel].gain_ppm,
                         .offset_uv = kept.channel[channel].offset_uv};
    msg_calibration_put(body(), &m);
    send(MSG_CALIBRATION, MSG_CALIBRATION_SIZE);
}

static void set_id(const msg_set_id *m)
{
    memcpy(kept.uid, m->uid, sizeof kept.uid);
    memcpy(kept.label, m->label, sizeof kept.label);
    store_save();
}

/* A message with fields: refused if short or out of range, else obeyed. */
#define TAKE(NAME, name, obey)                                        \
    case MSG_##NAME: {                                                \
        msg_##name m;                                                 \
        uint8_t wrong;                                                \
        if (n < MSG_##NAME##_SIZE)                                    \
            nack(NACK_SHORT, MSG_##NAME##_SIZE);                      \
        else if ((wrong = msg_##name##_get(&m, rx_frame + 2)) != 0)   \
            nack(NACK_RANGE, wrong);                                  \
        else                                                          \
            obey;                                                     \
        break;                                                        \
    }

static void obey(uint8_t n)
{
    uint32_t t_rx = hal_now();
    uint8_t id = rx_frame[0];
    t_heard = t_rx;
    if (running && (id == MSG_CALIBRATION_SET || id == MSG_SET_ID || id == MSG_SELF_TEST)) {
        nack(NACK_BUSY, 0);
        return;
    }
    switch (id) {
        TAKE(HELLO, hello, hello(&m))
        TAKE(START, start, try_start(&m))
        TAKE(STIM, stim, stim(&m))
        TAKE(PING, ping, pong(&m, t_rx))
        TAKE(CALIBRATION_GET, calibration_get, send_calibration(m.channel))
        TAKE(CALIBRATION_SET, calibration_set, set_calibration(&m))
        TAKE(SET_ID, set_id, set_id(&m))
    case MSG_STOP:
        stop();
        ack();
        break;
    case MSG_STATUS_GET:
        send_status();
        break;
    case MSG_SELF_TEST:
        self_test();
        break;
    case MSG_RESET:
        stop();
        silence();
        hal_reset();
        break;
    default:
        nack(NACK_UNKNOWN, 0);
    }
}

/* -- the loop --------------------------------------------------------------------------------------------------- */

void core_init(void)
{
    frame_reader_init(&reader, rx_frame, sizeof rx_frame);
    store_load();
    vref_mv = hal_vref_mv();
    stop();
    silence();
    greeted = 0;
    t_heard = t_status = t_last = hal_now();
    const uint8_t end = 0; /* of what was cut off by the start */
    hal_tx(&end, 1);
    send_info(1);
}

uint8_t core_poll(void)
{
    uint8_t byte, busy = 0;
    for (uint8_t i = 0; i < 64 && hal_rx(&byte); i++) {
        uint8_t whole = frame_read(&reader, byte);
        busy = 1;
        if (whole) {
            obey((uint8_t)(whole - 1));
            break; /* streams wait no longer than for one message */
        }
    }
    busy |= send_spikes();
    busy |= send_block();
    busy |= send_report();
    uint32_t now = hal_now();
    if (now < t_last && wraps != UINT16_MAX)
        wraps++;
    t_last = now;
    if (now - t_heard > WATCHDOG_TICKS) {
        t_heard = now;
        if (active || high) {
            silence();
            count(&n_watchdog);
        }
    }
    if (greeted && now - t_status >= PORT_TICK_HZ) {
        t_status += PORT_TICK_HZ;
        send_status();
    }
    return busy;
}
