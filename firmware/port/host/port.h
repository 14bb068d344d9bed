/* The adapter as a program on a computer. */
#ifndef LUI_PORT_H
#define LUI_PORT_H

#define PORT_BOARD 99
#define PORT_FLAGS 8 /* simulated */
#define PORT_TICK_HZ 2000000ul
#define PORT_MAX_SPS 16000ul
#define PORT_VREF_UV 2500000ul
#define N_ADC 8
#define ADC_BITS 10
#define N_SPIKE 8
#define N_STIM 24

#endif
