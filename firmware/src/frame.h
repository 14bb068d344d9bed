/* Frames on a wire of bytes: COBS(id, sequence, body, CRC-16) 00; see PROTOCOL.md. Main loop only. */
#ifndef LUI_FRAME_H
#define LUI_FRAME_H

#include <stdint.h>
#include "messages.h"

#define FRAME_LONGEST (LUI_LONGEST_BODY + 4) /* decoded: id, sequence, body, checksum */

/* A CRC-16/CCITT-FALSE that goes on; begin with 0xFFFF. */
uint16_t crc16(uint16_t crc, const uint8_t *data, uint8_t n);

/* Encodes in place: `plain` holds 1 free byte, then id, sequence and n body bytes, then 3 free bytes (checksum, end).
 * Returns how many bytes from `plain` on are to be sent. */
uint8_t frame_encode(uint8_t *plain, uint8_t n);

/* A reader; takes frames of at most `room` decoded bytes, and counts longer ones as bad. */
typedef struct {
    uint8_t *frame; /* decoded so far: id, sequence, body, checksum */
    uint8_t room;
    uint8_t n;      /* bytes decoded */
    uint8_t left;   /* bytes to come until COBS' next mark */
    uint8_t state;  /* flags below */
    uint16_t n_bad; /* stretches between two ends that were no frame; stops at 65535 */
} frame_reader;

#define READER_IN_STEP 1 /* has seen an end */
#define READER_BEGUN 2   /* a byte since */
#define READER_SPOILT 4  /* too long, or no COBS */

void frame_reader_init(frame_reader *r, uint8_t *frame, uint8_t room);

/* One byte. Returns 0, or n + 1 when a frame with n body bytes is complete in r->frame, until the next call. */
uint8_t frame_read(frame_reader *r, uint8_t byte);

#endif
