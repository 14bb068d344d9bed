/* Raspberry Pi Pico (RP2040), native USB. */
#ifndef LUI_PORT_H
#define LUI_PORT_H

#include "pins.h"

#define PORT_BOARD 2
#define PORT_FLAGS 0
#define PORT_TICK_HZ 1000000ul /* its timer counts microseconds */
#define PORT_MAX_SPS 24000ul   /* 20 µs a channel, most of it for the switch to settle; half the chip's time is left */
#define PORT_VREF_UV 2500000ul /* LM4040-2.5 at ADC_VREF */
#define ADC_BITS 12

#endif
