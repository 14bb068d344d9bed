/* Reads streams and says what it read, for the test that compares with vectors.json and with the Python side.
 *
 *   frames decode          lines of hex on stdin; for each: "BAD ID SEQ BODY …" as hex
 *   frames encode          lines "ID SEQ BODY" as hex on stdin; for each the frame
 *   frames fuzz N SEED     N bytes of noise, half of it sprinkled with zeros; prints frames accepted, bad ones
 */
#include <stdio.h>
#include <stdlib.h>
#include "frame.h"

static int nibble(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t unhex(const char *text, uint8_t *out, size_t room)
{
    size_t n = 0;
    while (n < room && nibble(text[0]) >= 0 && nibble(text[1]) >= 0) {
        out[n++] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
        text += 2;
    }
    return n;
}

static void decode(void)
{
    static char line[65536];
    static uint8_t data[32768];
    while (fgets(line, sizeof line, stdin)) {
        uint8_t frame[FRAME_LONGEST];
        frame_reader r;
        frame_reader_init(&r, frame, sizeof frame);
        size_t n = unhex(line, data, sizeof data);
        char out[32768];
        size_t at = 0;
        for (size_t i = 0; i < n; i++) {
            uint8_t whole = frame_read(&r, data[i]);
            if (!whole)
                continue;
            at += (size_t)sprintf(out + at, " %02x %02x ", frame[0], frame[1]);
            if (whole == 1)
                at += (size_t)sprintf(out + at, "-");
            for (uint8_t k = 0; k + 1 < whole; k++)
                at += (size_t)sprintf(out + at, "%02x", frame[2 + k]);
        }
        out[at] = 0;
        printf("%u%s\n", r.n_bad, out);
    }
}

static void encode(void)
{
    static char line[1024], body[1024];
    unsigned id, seq;
    while (fgets(line, sizeof line, stdin)) {
        uint8_t plain[FRAME_LONGEST + 2];
        body[0] = 0;
        if (sscanf(line, "%x %x %1000s", &id, &seq, body) < 2)
            continue;
        plain[1] = (uint8_t)id;
        plain[2] = (uint8_t)seq;
        size_t n = unhex(body, plain + 3, LUI_LONGEST_BODY);
        uint8_t total = frame_encode(plain, (uint8_t)n);
        for (uint8_t i = 0; i < total; i++)
            printf("%02x", plain[i]);
        printf("\n");
    }
}

static void fuzz(long n, uint32_t seed)
{
    uint8_t frame[FRAME_LONGEST];
    frame_reader r;
    long accepted = 0, bad = 0;
    frame_reader_init(&r, frame, sizeof frame);
    for (long i = 0; i < n; i++) {
        seed ^= seed << 13; /* xorshift32 */
        seed ^= seed >> 17;
        seed ^= seed << 5;
        uint8_t byte = (uint8_t)(seed >> 11);
        if (i & 0x10000 && (seed & 0x1F) == 0)
            byte = 0;
        accepted += frame_read(&r, byte) != 0;
        bad += r.n_bad;
        r.n_bad = 0;
    }
    printf("%ld %ld\n", accepted, bad);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "decode") == 0)
        decode();
    else if (argc == 2 && strcmp(argv[1], "encode") == 0)
        encode();
    else if (argc == 4 && strcmp(argv[1], "fuzz") == 0)
        fuzz(atol(argv[2]), (uint32_t)strtoul(argv[3], NULL, 10) | 1u);
    else
        return 2;
    return 0;
}
