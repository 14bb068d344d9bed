/* Pins of an ATmega328P: made from firmware/protocol by generate.py; change it there. */
#ifndef LUI_PINS_H
#define LUI_PINS_H

#define N_ADC 8
#define N_SPIKE 8
#define N_STIM 24
#define SPIKE_INVERTED 1
#define ADC_CHANNELS {0, 1, 2, 3, 4, 5, 6, 7}
#define SPIKE_MASK_B 0x03
#define SPIKE_SHIFT_B (6)
#define SPIKE_MASK_D 0xFC
#define SPIKE_SHIFT_D (-2)
#define LATCH_PORT PORTB
#define LATCH_DDR DDRB
#define LATCH_BIT 2
#define DATA_PORT PORTB
#define DATA_DDR DDRB
#define DATA_BIT 3
#define CLOCK_PORT PORTB
#define CLOCK_DDR DDRB
#define CLOCK_BIT 5

#endif
