/* ATmega328P at 16 MHz: Arduino Nano and Uno. */
#ifndef LUI_PORT_H
#define LUI_PORT_H

#include "pins.h"

#define PORT_BOARD 1
#define PORT_FLAGS 0
#define PORT_TICK_HZ 2000000ul /* timer 1, divided by 8 */
#define PORT_MAX_SPS 16000ul   /* a conversion takes 13 ticks of 4 µs, and its interrupt some more */
#define PORT_VREF_UV 2500000ul /* LM4040-2.5 at AREF */
#define ADC_BITS 10
#define BAUD 500000ul
#define RX_RING 64             /* powers of two */
#define TX_RING 256

#endif
