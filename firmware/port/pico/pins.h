/* Pins of a Raspberry Pi Pico: made from firmware/protocol by generate.py; change it there. The first of those that follow each other. */
#ifndef LUI_PINS_H
#define LUI_PINS_H

#define N_ADC 8
#define N_SPIKE 8
#define N_STIM 24
#define SPIKE_INVERTED 1
#define MEMBRANE_PIN 26
#define ADDRESS_PIN 20
#define SPIKE_PIN 2
#define LATCH_PIN 10
#define DATA_PIN 11
#define CLOCK_PIN 13

#endif
