#include "frame.h"

uint16_t crc16(uint16_t crc, const uint8_t *data, uint8_t n)
{
    while (n--) {
        crc ^= (uint16_t)((uint16_t)*data++ << 8);
        for (uint8_t bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 0x8000u) ? ((uint32_t)crc << 1) ^ 0x1021u : (uint32_t)crc << 1);
    }
    return crc;
}

uint8_t frame_encode(uint8_t *plain, uint8_t n)
{
    uint8_t last = 0; /* place of the latest COBS mark */
    n = (uint8_t)(n + 2);
    put_u16(plain + 1 + n, crc16(0xFFFF, plain + 1, n));
    n = (uint8_t)(n + 2);
    for (uint8_t i = 1; i <= n; i++) {
        if (plain[i] == 0) {
            plain[last] = (uint8_t)(i - last);
            last = i;
        }
    }
    plain[last] = (uint8_t)(n + 1 - last);
    plain[n + 1] = 0;
    return (uint8_t)(n + 2);
}

void frame_reader_init(frame_reader *r, uint8_t *frame, uint8_t room)
{
    memset(r, 0, sizeof *r);
    r->frame = frame;
    r->room = room;
}

static uint8_t end_frame(frame_reader *r)
{
    uint8_t was = r->state, n = r->n, whole = 0;
    if (was & READER_BEGUN) {
        if (!(was & READER_SPOILT) && r->left == 0 && n >= 4
            && crc16(0xFFFF, r->frame, (uint8_t)(n - 2)) == get_u16(r->frame + n - 2))
            whole = (uint8_t)(n - 4 + 1);
        else if (was & READER_IN_STEP && r->n_bad != UINT16_MAX)
            r->n_bad++;
    }
    r->n = r->left = 0;
    r->state = READER_IN_STEP;
    return whole;
}

static void take(frame_reader *r, uint8_t byte)
{
    if (r->n < r->room)
        r->frame[r->n++] = byte;
    else
        r->state |= READER_SPOILT;
}

uint8_t frame_read(frame_reader *r, uint8_t byte)
{
    if (byte == 0)
        return end_frame(r);
    if (!(r->state & READER_BEGUN)) {
        r->state |= READER_BEGUN;
        r->left = (uint8_t)(byte - 1);
        return 0;
    }
    if (r->left == 0) { /* this byte is a mark: a zero stands here */
        take(r, 0);
        r->left = (uint8_t)(byte - 1);
    } else {
        take(r, byte);
        r->left--;
    }
    return 0;
}
