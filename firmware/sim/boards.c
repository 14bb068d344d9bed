#include "boards.h"
#include <string.h>

#define V_THRESHOLD 1.55   /* 0.5167 · 3 V */
#define V_RESET 0.34
#define V_REST 1.0
#define V_FIRES 1.75       /* leak potential of the first board: it fires by itself */
#define TAU_MEM 0.2        /* s */
#define TAU_SYN 0.05       /* s */
#define SPIKE_WIDTH 0.0159 /* s */
#define CHARGE 150.0       /* V/s into the drive while a dendrite is high */
#define RELAY 2.5          /* times as much, and one pulse is enough also 0.2 s after a spike */

void boards_init(boards *all)
{
    memset(all, 0, sizeof *all);
    all->charge = CHARGE;
    for (int b = 0; b < N_BOARDS; b++) {
        all->v_leak[b] = b == 0 ? V_FIRES : V_REST;
        all->one[b].v = V_REST;
    }
}

void boards_relay(boards *all)
{
    all->v_leak[0] = V_REST;
    all->charge = RELAY * CHARGE;
}

void boards_step(boards *all, double dt, uint32_t lines)
{
    uint8_t spikes = boards_spikes(all);
    for (int b = 0; b < N_BOARDS; b++) {
        board *one = &all->one[b];
        int n_high = (int)(lines >> (3 * b) & 1) + (int)(lines >> (3 * b + 1) & 1) + (int)(lines >> (3 * b + 2) & 1);
        if (b > 0)
            n_high += spikes >> (b - 1) & 1;
        one->i += dt * (n_high * all->charge - one->i / TAU_SYN);
        if (one->spike_left > 0) {
            one->spike_left -= dt;
            one->v = V_RESET;
            continue;
        }
        one->v += dt * (all->v_leak[b] - one->v + one->i) / TAU_MEM;
        if (one->v >= V_THRESHOLD)
            one->spike_left = SPIKE_WIDTH;
    }
}

uint8_t boards_spikes(const boards *all)
{
    uint8_t bits = 0;
    for (int b = 0; b < N_BOARDS; b++)
        if (all->one[b].spike_left > 0)
            bits = (uint8_t)(bits | 1 << b);
    return bits;
}
