/* Messages and their bodies: made from firmware/protocol by generate.py; change it there. */
#ifndef LUI_MESSAGES_H
#define LUI_MESSAGES_H

#include <stdint.h>
#include <string.h>
#include "bytes.h"

#define LUI_PROTO 1
#define LUI_LONGEST_BODY 120

/* Who is there? Stops streaming and drops all stimuli. Answered by Info, or by Nack if no version is shared. */
#define MSG_HELLO 0x01
#define MSG_HELLO_SIZE 2
typedef struct {
    uint8_t proto_min; /* oldest version that the host speaks */
    uint8_t proto_max; /* newest version that the host speaks */
} msg_hello;

static inline uint8_t msg_hello_get(msg_hello *m, const uint8_t *body)
{
    m->proto_min = get_u8(body + 0);
    m->proto_max = get_u8(body + 1);
    if (m->proto_min < 1u) return 1;
    if (m->proto_max < 1u) return 2;
    return 0;
}

/* What the device is: the answer to Hello, and unasked once after a start. */
#define MSG_INFO 0x02
#define MSG_INFO_SIZE 42
typedef struct {
    uint8_t proto; /* version in use from here on */
    uint8_t flags; /* bit 0: just started, 1: has a uid, 2: is calibrated, 3: is simulated */
    uint8_t board; /* 1: ATmega328P, 2: RP2040, 99: a program on a computer */
    uint8_t firmware[3]; /* version of the firmware: major, minor, patch */
    uint8_t n_adc; /* membranes that can be sampled */
    uint8_t adc_bits; /* bits of a code */
    uint8_t n_spike; /* spike inputs */
    uint8_t n_stim; /* stimulus lines */
    uint32_t tick_hz; /* rate of the device's clock [Hz] */
    uint32_t vref_uv; /* full scale of the converter [µV] */
    uint32_t max_scan_sps; /* samples a second, all channels together [1/s] */
    uint8_t uid[8]; /* identity, given once by a host; zero before */
    uint8_t label[12]; /* name for people, UTF-8, padded with zeros */
} msg_info;

static inline void msg_info_put(uint8_t *body, const msg_info *m)
{
    put_u8(body + 0, m->proto);
    put_u8(body + 1, m->flags);
    put_u8(body + 2, m->board);
    memcpy(body + 3, m->firmware, 3);
    put_u8(body + 6, m->n_adc);
    put_u8(body + 7, m->adc_bits);
    put_u8(body + 8, m->n_spike);
    put_u8(body + 9, m->n_stim);
    put_u32(body + 10, m->tick_hz);
    put_u32(body + 14, m->vref_uv);
    put_u32(body + 18, m->max_scan_sps);
    memcpy(body + 22, m->uid, 8);
    memcpy(body + 30, m->label, 12);
}

/* Stream. Answered by Ack, or by Nack whose detail is the shortest possible period. */
#define MSG_START 0x03
#define MSG_START_SIZE 8
typedef struct {
    uint32_t period_us; /* from one set of samples to the next [µs] */
    uint8_t adc_mask; /* bit k: sample channel k */
    uint8_t flags; /* bit 0: send samples, 1: send spikes */
    uint16_t reserved; /* zero */
} msg_start;

static inline uint8_t msg_start_get(msg_start *m, const uint8_t *body)
{
    m->period_us = get_u32(body + 0);
    m->adc_mask = get_u8(body + 4);
    m->flags = get_u8(body + 5);
    m->reserved = get_u16(body + 6);
    if (m->period_us < 100ul) return 1;
    if (m->period_us > 1000000ul) return 1;
    if (m->flags > 3u) return 3;
    if (m->reserved > 0u) return 4;
    return 0;
}

/* Stop streaming; stimuli go on. */
#define MSG_STOP 0x04
#define MSG_STOP_SIZE 0

/* Pulses on one line; takes the place of what the line was doing. */
#define MSG_STIM 0x05
#define MSG_STIM_SIZE 11
typedef struct {
    uint8_t line; /* 3 · board + synapse */
    uint16_t width_10us; /* how long the line is high [10 µs] */
    uint16_t n; /* how many pulses; 0: none, the line goes low; 65535: without end */
    uint16_t period_100us; /* from one rising edge to the next; for more than one pulse longer than the width [100 µs] */
    uint32_t t_start; /* of the first rising edge, on the device's clock; 0: now [tick] */
} msg_stim;

static inline uint8_t msg_stim_get(msg_stim *m, const uint8_t *body)
{
    m->line = get_u8(body + 0);
    m->width_10us = get_u16(body + 1);
    m->n = get_u16(body + 3);
    m->period_100us = get_u16(body + 5);
    m->t_start = get_u32(body + 7);
    if (m->line > 23u) return 1;
    if (m->width_10us < 1u) return 2;
    return 0;
}

/* Keeps the stimuli alive and measures the clock; answered by Pong. */
#define MSG_PING 0x06
#define MSG_PING_SIZE 8
typedef struct {
    uint64_t cookie; /* comes back unchanged */
} msg_ping;

static inline uint8_t msg_ping_get(msg_ping *m, const uint8_t *body)
{
    m->cookie = get_u64(body + 0);
    return 0;
}

/* The answer to Ping. */
#define MSG_PONG 0x07
#define MSG_PONG_SIZE 16
typedef struct {
    uint64_t cookie; /* that of the Ping */
    uint32_t t_rx; /* when the Ping's last byte was taken [tick] */
    uint32_t t_tx; /* when this was put on its way [tick] */
} msg_pong;

static inline void msg_pong_put(uint8_t *body, const msg_pong *m)
{
    put_u64(body + 0, m->cookie);
    put_u32(body + 8, m->t_rx);
    put_u32(body + 12, m->t_tx);
}

/* Asks for a Status now. */
#define MSG_STATUS_GET 0x08
#define MSG_STATUS_GET_SIZE 0

/* Done. */
#define MSG_ACK 0x09
#define MSG_ACK_SIZE 6
typedef struct {
    uint8_t request; /* id of the message that was obeyed */
    uint8_t request_seq; /* its sequence number */
    uint32_t t; /* when [tick] */
} msg_ack;

static inline void msg_ack_put(uint8_t *body, const msg_ack *m)
{
    put_u8(body + 0, m->request);
    put_u8(body + 1, m->request_seq);
    put_u32(body + 2, m->t);
}

/* Not done, and why. */
#define MSG_NACK 0x0A
#define MSG_NACK_SIZE 11
typedef struct {
    uint8_t request; /* id of the message */
    uint8_t request_seq; /* its sequence number */
    uint32_t t; /* when [tick] */
    uint8_t code; /* 1: unknown message, 2: too short, 3: a value is out of range, 4: too fast, 5: not while streaming, 6: no shared version, 7: memory failed */
    uint32_t detail; /* with code 3 the field's number, with code 4 the shortest period in µs */
} msg_nack;

static inline void msg_nack_put(uint8_t *body, const msg_nack *m)
{
    put_u8(body + 0, m->request);
    put_u8(body + 1, m->request_seq);
    put_u32(body + 2, m->t);
    put_u8(body + 6, m->code);
    put_u32(body + 7, m->detail);
}

/* Asks for the Calibration of a channel. */
#define MSG_CALIBRATION_GET 0x0B
#define MSG_CALIBRATION_GET_SIZE 1
typedef struct {
    uint8_t channel; /* which */
} msg_calibration_get;

static inline uint8_t msg_calibration_get_get(msg_calibration_get *m, const uint8_t *body)
{
    m->channel = get_u8(body + 0);
    if (m->channel > 7u) return 1;
    return 0;
}

/* Stores a calibration for good; answered by Ack. Not while streaming. */
#define MSG_CALIBRATION_SET 0x0C
#define MSG_CALIBRATION_SET_SIZE 9
typedef struct {
    uint8_t channel; /* which; 255: all, and the two below are the reference */
    int32_t gain_ppm; /* V = ideal · (1 + gain) + offset [ppm] */
    int32_t offset_uv; /* see gain; for channel 255 the reference [µV] */
} msg_calibration_set;

static inline uint8_t msg_calibration_set_get(msg_calibration_set *m, const uint8_t *body)
{
    m->channel = get_u8(body + 0);
    m->gain_ppm = get_i32(body + 1);
    m->offset_uv = get_i32(body + 5);
    if (m->gain_ppm < -500000l) return 2;
    if (m->gain_ppm > 500000l) return 2;
    if (m->offset_uv < -500000l) return 3;
    if (m->offset_uv > 5000000l) return 3;
    return 0;
}

/* Looks at itself for about 60 ms; answered by SelfTestResult. Not while streaming; takes the lines low, and with a plug from line 0 to input 0 it hears itself. */
#define MSG_SELF_TEST 0x0D
#define MSG_SELF_TEST_SIZE 0

/* Stores identity and label for good; answered by Ack. Not while streaming. */
#define MSG_SET_ID 0x0E
#define MSG_SET_ID_SIZE 20
typedef struct {
    uint8_t uid[8]; /* drawn at random by the host */
    uint8_t label[12]; /* name for people, UTF-8, padded with zeros */
} msg_set_id;

static inline uint8_t msg_set_id_get(msg_set_id *m, const uint8_t *body)
{
    memcpy(m->uid, body + 0, 8);
    memcpy(m->label, body + 8, 12);
    return 0;
}

/* Starts the device anew, as after power-on. */
#define MSG_RESET 0x0F
#define MSG_RESET_SIZE 0

/* The answer to CalibrationGet. */
#define MSG_CALIBRATION 0x10
#define MSG_CALIBRATION_SIZE 9
typedef struct {
    uint8_t channel; /* which */
    int32_t gain_ppm; /* V = ideal · (1 + gain) + offset [ppm] */
    int32_t offset_uv; /* see gain [µV] */
} msg_calibration;

static inline void msg_calibration_put(uint8_t *body, const msg_calibration *m)
{
    put_u8(body + 0, m->channel);
    put_i32(body + 1, m->gain_ppm);
    put_i32(body + 5, m->offset_uv);
}

/* The answer to SelfTest. */
#define MSG_SELF_TEST_RESULT 0x11
#define MSG_SELF_TEST_RESULT_SIZE 6
typedef struct {
    uint16_t vref_mv; /* full scale, measured against the internal reference; 0: has none [mV] */
    uint8_t loopback; /* bit k: spike input k followed line 0 */
    uint8_t reset_cause; /* as the chip tells it */
    uint16_t free_ram; /* never used since the start [B] */
} msg_self_test_result;

static inline void msg_self_test_result_put(uint8_t *body, const msg_self_test_result *m)
{
    put_u16(body + 0, m->vref_mv);
    put_u8(body + 2, m->loopback);
    put_u8(body + 3, m->reset_cause);
    put_u16(body + 4, m->free_ram);
}

/* Codes of the converter, set after set. */
#define MSG_SAMPLES 0x20
#define MSG_SAMPLES_SIZE 10
typedef struct {
    uint32_t t0; /* when the first set began [tick] */
    uint32_t set_index; /* sets since Start before the first one here; a jump is a loss */
    uint8_t mask; /* channels in a set */
    uint8_t n_sets; /* sets here */
} msg_samples;

static inline void msg_samples_put(uint8_t *body, const msg_samples *m)
{
    put_u32(body + 0, m->t0);
    put_u32(body + 4, m->set_index);
    put_u8(body + 8, m->mask);
    put_u8(body + 9, m->n_sets);
}

/* Edges at the spike inputs. */
#define MSG_SPIKES 0x21
#define MSG_SPIKES_SIZE 1
typedef struct {
    uint8_t n_lost; /* edges lost since the last Spikes */
} msg_spikes;

static inline void msg_spikes_put(uint8_t *body, const msg_spikes *m)
{
    put_u8(body + 0, m->n_lost);
}

/* A pulse has ended. */
#define MSG_STIM_DONE 0x22
#define MSG_STIM_DONE_SIZE 11
typedef struct {
    uint8_t line; /* 3 · board + synapse */
    uint16_t n_left; /* pulses to come; 65535: without end */
    uint32_t t_rise; /* when the line truly rose [tick] */
    uint32_t t_fall; /* when it truly fell [tick] */
} msg_stim_done;

static inline void msg_stim_done_put(uint8_t *body, const msg_stim_done *m)
{
    put_u8(body + 0, m->line);
    put_u16(body + 1, m->n_left);
    put_u32(body + 3, m->t_rise);
    put_u32(body + 7, m->t_fall);
}

/* How the device is doing: once a second, and when asked. All counters since the start; they stop at their end. */
#define MSG_STATUS 0x28
#define MSG_STATUS_SIZE 38
typedef struct {
    uint32_t now; /* the device's clock [tick] */
    uint16_t wraps; /* how often it began anew at 0 */
    uint16_t lost_sets; /* sets for which no room was left */
    uint16_t overruns; /* sets not begun since the one before wasn't finished */
    uint16_t lost_frames; /* frames for which the line was too slow */
    uint16_t lost_spikes; /* edges for which no room was left */
    uint16_t lost_reports; /* pulses given but not told by StimDone */
    uint16_t late_edges; /* edges of stimuli more than 10 µs late */
    uint16_t bad_rx; /* frames received that were broken */
    uint16_t rx_overflows; /* bytes received for which no room was left */
    uint16_t tx_highwater; /* the most that waited to be sent [B] */
    uint16_t watchdog; /* how often stimuli were dropped since the host was silent for 3 s */
    uint8_t running; /* streams */
    uint8_t mask; /* of channels */
    uint32_t period_us; /* of sets [µs] */
    uint32_t stim_active; /* bit k: line k has pulses to come */
    uint16_t vref_mv; /* full scale, measured at the start; 0: can't be [mV] */
} msg_status;

static inline void msg_status_put(uint8_t *body, const msg_status *m)
{
    put_u32(body + 0, m->now);
    put_u16(body + 4, m->wraps);
    put_u16(body + 6, m->lost_sets);
    put_u16(body + 8, m->overruns);
    put_u16(body + 10, m->lost_frames);
    put_u16(body + 12, m->lost_spikes);
    put_u16(body + 14, m->lost_reports);
    put_u16(body + 16, m->late_edges);
    put_u16(body + 18, m->bad_rx);
    put_u16(body + 20, m->rx_overflows);
    put_u16(body + 22, m->tx_highwater);
    put_u16(body + 24, m->watchdog);
    put_u8(body + 26, m->running);
    put_u8(body + 27, m->mask);
    put_u32(body + 28, m->period_us);
    put_u32(body + 32, m->stim_active);
    put_u16(body + 36, m->vref_mv);
}

#endif
