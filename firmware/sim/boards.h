/* Eight Lu.i boards in a chain, as leaky integrate-and-fire neurons, for programs that stand in for a table.
 * Simpler than the app's board twin: round numbers, no tolerances. */
#ifndef LUI_BOARDS_H
#define LUI_BOARDS_H

#include <stdint.h>

#define N_BOARDS 8

typedef struct {
    double v, i;          /* membrane [V], synaptic drive [V] */
    double spike_left;    /* s of the spike to come; 0: none lasts */
} board;

typedef struct {
    board one[N_BOARDS];
    double v_leak[N_BOARDS];
    double charge;        /* V/s into the drive while a dendrite is high */
} boards;

void boards_init(boards *all);

/* No board fires by itself, and one pulse makes a spike. */
void boards_relay(boards *all);

/* Goes on by dt [s]. Bit 3·b + k of `lines`: dendrite k of board b is high. Board b also drives dendrite 0 of b + 1. */
void boards_step(boards *all, double dt, uint32_t lines);

/* Bit b: board b gives a spike. */
uint8_t boards_spikes(const boards *all);

#endif
