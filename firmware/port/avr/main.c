/* The adapter on an ATmega328P. Timer 1 is the clock (A: scans, B: edges of stimuli), timer 0 sees to it. */
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>
#include "../../src/core.h"
#include "../../src/hal.h"

#define SOON 40            /* ticks that a compare value must lie ahead to be met for sure */
#define LEAD 200           /* ticks before an edge that its interrupt comes: longer than others may hold it up */
#define LAST 80            /* ticks before an edge from which on nothing else may interrupt */
#define SHORT 16           /* ticks before an edge from which on not even a byte from the host is looked after */
#define CLEAR 1000         /* ticks that edges must be away to be held: a plan takes less */
#define BANDGAP_MV 1100ul
#define PAINT 0xC5

static const uint8_t channels[N_ADC] = ADC_CHANNELS;
static volatile uint32_t scan_at, edge_at;
static volatile uint8_t edge_set;
static uint8_t rx_ring[RX_RING], tx_ring[TX_RING];
static volatile uint8_t rx_in, rx_out, tx_in, tx_out;
static volatile uint16_t rx_lost;
static volatile uint8_t levels;      /* of the spike inputs, as last seen */
static uint8_t cause __attribute__((section(".noinit")));

extern uint8_t __heap_start;

/* Before main: what started us (0: `hal_reset`), and no watchdog, whoever left it on. */
void early(void) __attribute__((naked, used, section(".init3")));
void early(void)
{
    cause = MCUSR;
    MCUSR = 0;
    wdt_disable();
}

/* Paints the memory between variables and stack, to see later how far the stack came. */
void paint(void) __attribute__((naked, used, section(".init1")));
void paint(void)
{
    __asm volatile("ldi r30, lo8(__heap_start)\n ldi r31, hi8(__heap_start)\n ldi r24, %0\n ldi r25, hi8(%1)\n"
                   "1: st Z+, r24\n cpi r30, lo8(%1)\n cpc r31, r25\n brlo 1b\n"
                   : : "M"(PAINT), "i"(RAMEND + 1));
}

/* The clock is the timer's 16 bits, counted on from the last look at them: right as long as somebody looks at least once
 * in 32 ms, which the interrupt of timer 0 sees to. (An overflow flag would be read too early or too late at times.) */
static uint32_t now_locked(void)
{
    static uint32_t last;
    last += (uint16_t)(TCNT1 - (uint16_t)last);
    return last;
}

uint8_t hal_lock(void)
{
    uint8_t was = SREG;
    cli();
    return was;
}

void hal_unlock(uint8_t was)
{
    SREG = was;
}

uint32_t hal_now(void)
{
    uint8_t was = hal_lock();
    uint32_t t = now_locked();
    hal_unlock(was);
    return t;
}

ISR(TIMER0_OVF_vect) /* every 16.4 ms */
{
    now_locked();
}

/* After a compare register is written. In simavr the other compare, met during the write, would be forgotten until the
 * next round of the timer, 33 ms later; here it comes a moment late. */
static void make_good(void)
{
    uint32_t now = now_locked();
    uint8_t missing = TIMSK1 & (uint8_t)~TIFR1;
    if ((missing & _BV(OCIE1A)) && (int32_t)(scan_at - now) <= 0)
        OCR1A = (uint16_t)(now + SOON);
    if ((missing & _BV(OCIE1B)) && edge_set && (int32_t)(edge_at - LEAD - now) <= 0)
        OCR1B = (uint16_t)(now + SOON);
}

/* -- scans ------------------------------------------------------------------------------------------------------ */

void hal_scan_alarm(uint32_t t)
{
    uint8_t was = hal_lock();
    uint32_t now = now_locked();
    scan_at = t;
    OCR1A = (int32_t)(t - now) < SOON ? (uint16_t)(now + SOON) : (uint16_t)t;
    TIFR1 = _BV(OCF1A);
    TIMSK1 |= _BV(OCIE1A);
    make_good();
    hal_unlock(was);
}

void hal_scan_cancel(void)
{
    uint8_t was = hal_lock();
    TIMSK1 &= (uint8_t)~_BV(OCIE1A);
    ADCSRA &= (uint8_t)~_BV(ADIE);
    hal_unlock(was);
    while (ADCSRA & _BV(ADSC)) {
    }
}

ISR(TIMER1_COMPA_vect)
{
    if ((int32_t)(scan_at - now_locked()) < SOON) /* else the alarm is for a later round of the timer */
        core_on_scan();
}

void hal_adc_start(uint8_t channel)
{
    ADMUX = channels[channel]; /* against AREF; any other reference would fight the one that is wired to it */
    ADCSRA |= _BV(ADSC) | _BV(ADIE);
}

ISR(ADC_vect)
{
    core_on_adc(ADC);
}

void hal_adc_speed(uint32_t sps)
{
    /* 250 kHz: 52 µs a conversion and full precision; 500 kHz costs about a bit. */
    uint8_t prescaler = sps > 14000ul ? _BV(ADPS2) | _BV(ADPS0) : _BV(ADPS2) | _BV(ADPS1);
    ADCSRA = (uint8_t)((ADCSRA & ~(_BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0))) | prescaler);
}

static uint16_t measure(uint8_t mux)
{
    ADMUX = mux;
    ADCSRA = (uint8_t)((ADCSRA & ~_BV(ADIE)) | _BV(ADSC));
    while (ADCSRA & _BV(ADSC)) {
    }
    return ADC;
}

uint16_t hal_adc_measure(uint8_t channel)
{
    return measure(channels[channel]);
}

uint16_t hal_vref_mv(void)
{
    uint32_t sum = 0;
    measure(14); /* the bandgap needs a moment */
    hal_wait(PORT_TICK_HZ / 2000);
    for (uint8_t i = 0; i < 16; i++)
        sum += measure(14);
    return sum ? (uint16_t)((BANDGAP_MV * 1024ul * 16 + sum / 2) / sum) : 0;
}

/* Takes a byte from the host: two wait in the receiver, and 20 µs later a third would push one out. */
static inline void receive(void)
{
    uint8_t byte = UDR0, next = (uint8_t)((rx_in + 1) % RX_RING);
    if (next == rx_out) {
        if (rx_lost != UINT16_MAX)
            rx_lost++;
        return;
    }
    rx_ring[rx_in] = byte;
    rx_in = next;
}

/* -- stimuli ---------------------------------------------------------------------------------------------------- */

/* By hand, about 7 µs a register: SPI would be quicker, but simulators take a fixed 100 µs for a byte of it. */
static void shift(uint8_t byte)
{
    for (uint8_t bit = 0x80; bit; bit >>= 1) {
        if (byte & bit)
            DATA_PORT |= _BV(DATA_BIT);
        else
            DATA_PORT &= (uint8_t)~_BV(DATA_BIT);
        CLOCK_PORT |= _BV(CLOCK_BIT);
        CLOCK_PORT &= (uint8_t)~_BV(CLOCK_BIT);
    }
}

/* Into the shift registers, not yet onto the lines. */
static void prepare(uint32_t lines)
{
    shift((uint8_t)(lines >> 16)); /* the last register's come first */
    shift((uint8_t)(lines >> 8));
    shift((uint8_t)lines);
}

static void latch(void)
{
    LATCH_PORT |= _BV(LATCH_BIT);
    LATCH_PORT &= (uint8_t)~_BV(LATCH_BIT);
}

static void edge_compare(void)
{
    uint32_t now = now_locked();
    OCR1B = (int32_t)(edge_at - now) < LEAD + SOON ? (uint16_t)(now + SOON) : (uint16_t)(edge_at - LEAD);
    TIFR1 = _BV(OCF1B);
    make_good();
}

void hal_edge_alarm(uint32_t t, uint32_t lines)
{
    prepare(lines);
    uint8_t was = hal_lock();
    edge_at = t;
    edge_set = 1;
    edge_compare();
    hal_unlock(was);
}

void hal_edge_cancel(void)
{
    edge_set = 0;
}

void hal_edge_hold(void)
{
    for (uint8_t i = 0; i < 10 && edge_set; i++) { /* an edge that is due soon comes first */
        uint8_t was = hal_lock();
        int32_t ahead = (int32_t)(edge_at - now_locked());
        hal_unlock(was);
        if (ahead > CLEAR)
            break;
        hal_wait(ahead > 0 ? (uint32_t)ahead + SOON : SOON);
    }
    TIMSK1 &= (uint8_t)~_BV(OCIE1B);
}

void hal_edge_release(void)
{
    uint8_t was = hal_lock();
    if (edge_set)
        edge_compare();
    TIMSK1 |= _BV(OCIE1B);
    hal_unlock(was);
}

void hal_lines(uint32_t lines)
{
    edge_set = 0;
    prepare(lines);
    latch();
}

ISR(TIMER1_COMPB_vect)
{
    if (!edge_set || (int32_t)(edge_at - now_locked()) > 2 * LEAD)
        return; /* the alarm is for a later round of the timer */
    TIMSK1 &= (uint8_t)~_BV(OCIE1B); /* others may interrupt what follows, this one may not */
    sei();
    while ((int32_t)(edge_at - hal_now()) > LAST) {
    }
    cli();
    uint32_t t;
    int32_t ahead;
    while ((ahead = (int32_t)(edge_at - (t = now_locked()))) > 0) { /* not a tick too early */
        if (ahead > SHORT && (UCSR0A & _BV(RXC0)))
            receive();
    }
    latch();
    edge_set = 0;
    sei();
    core_on_edge(t);
    cli();
    if (edge_set)
        edge_compare();
    TIMSK1 |= _BV(OCIE1B);
}

/* -- spikes ----------------------------------------------------------------------------------------------------- */

#define SHIFTED(bits, by) ((uint8_t)((by) >= 0 ? (bits) << (by) : (bits) >> -(by)))

uint8_t hal_spikes(void)
{
    uint8_t bits = SHIFTED(PIND & SPIKE_MASK_D, SPIKE_SHIFT_D) | SHIFTED(PINB & SPIKE_MASK_B, SPIKE_SHIFT_B);
    return SPIKE_INVERTED ? (uint8_t)~bits : bits;
}

static inline void spikes_changed(void)
{
    uint32_t t = now_locked();
    uint8_t now = hal_spikes(), changed = now ^ levels;
    levels = now;
    if (changed)
        core_on_spikes(t, changed, now);
}

ISR(PCINT0_vect)
{
    spikes_changed();
}

ISR(PCINT2_vect)
{
    spikes_changed();
}

/* -- the line to the host --------------------------------------------------------------------------------------- */

ISR(USART_RX_vect)
{
    receive();
}

ISR(USART_UDRE_vect) /* enabled while there is something to send */
{
    UDR0 = tx_ring[tx_out];
    tx_out = (uint8_t)((tx_out + 1) % TX_RING);
    if (tx_out == tx_in)
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
}

uint8_t hal_rx(uint8_t *byte)
{
    if (rx_out == rx_in)
        return 0;
    *byte = rx_ring[rx_out];
    rx_out = (uint8_t)((rx_out + 1) % RX_RING);
    return 1;
}

uint16_t hal_rx_overflows(void)
{
    uint8_t was = hal_lock();
    uint16_t n = rx_lost;
    hal_unlock(was);
    return n;
}

uint16_t hal_tx_waiting(void)
{
    return (uint16_t)((tx_in - tx_out) & (TX_RING - 1));
}

uint16_t hal_tx_room(void)
{
    return (uint16_t)(TX_RING - 1 - hal_tx_waiting());
}

void hal_tx(const uint8_t *data, uint8_t n)
{
    uint8_t in = tx_in;
    while (n--) {
        tx_ring[in] = *data++;
        in = (uint8_t)((in + 1) % TX_RING);
    }
    tx_in = in;
    uint8_t was = hal_lock(); /* else what the interrupt has just switched off comes on again, with nothing to send */
    UCSR0B |= _BV(UDRIE0);
    hal_unlock(was);
}

/* -- the rest --------------------------------------------------------------------------------------------------- */

void hal_store_read(void *data, uint8_t n)
{
    eeprom_read_block(data, (const void *)0, n);
}

uint8_t hal_store_write(const void *data, uint8_t n)
{
    const uint8_t *byte = data;
    eeprom_update_block(data, (void *)0, n); /* about 3.4 ms for each byte that changes */
    for (uint8_t i = 0; i < n; i++)
        if (eeprom_read_byte((const uint8_t *)(uintptr_t)i) != byte[i])
            return 0;
    return 1;
}

uint16_t hal_free_ram(void)
{
    const uint8_t *at = &__heap_start;
    while (at <= (const uint8_t *)RAMEND && *at == PAINT)
        at++;
    return (uint16_t)(at - &__heap_start);
}

uint8_t hal_reset_cause(void)
{
    return cause;
}

void hal_wait(uint32_t ticks)
{
    uint32_t from = hal_now();
    while (hal_now() - from < ticks) {
    }
}

void hal_reset(void)
{
    /* Not by the watchdog: after a reset by it, the bootloader of older Nanos hangs for ever. */
    cli();
    TIMSK0 = TIMSK1 = ADCSRA = UCSR0B = PCICR = 0;
    __asm volatile("jmp 0");
    for (;;) {
    }
}

static void ports_init(void)
{
    /* Spike inputs pulled up: what isn't plugged in is quiet. */
    PORTD |= SPIKE_MASK_D;
    PORTB |= SPIKE_MASK_B;
    LATCH_DDR |= _BV(LATCH_BIT);
    DATA_DDR |= _BV(DATA_BIT);
    CLOCK_DDR |= _BV(CLOCK_BIT);
    PCMSK2 = SPIKE_MASK_D;
    PCMSK0 = SPIKE_MASK_B;
    PCICR = _BV(PCIE2) | _BV(PCIE0);
    levels = hal_spikes();
}

static void timers_init(void)
{
    TCCR1A = 0;
    TCCR1B = _BV(CS11);
    TIMSK1 = 0;
    TCCR0B = _BV(CS02) | _BV(CS00);
    TIMSK0 = _BV(TOIE0);
    ADCSRA = _BV(ADEN) | _BV(ADPS2) | _BV(ADPS1); /* 250 kHz */
    DIDR0 = 0x3F;
}

static void uart_init(void)
{
    UCSR0A = _BV(U2X0); /* before the rate */
    UBRR0 = (uint16_t)(F_CPU / 8 / BAUD - 1);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

int main(void)
{
    ports_init();
    timers_init();
    uart_init();
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
    core_init();
    for (;;) {
        if (core_poll())
            continue;
        cli(); /* what came meanwhile would otherwise wait for the next interrupt */
        if (rx_in == rx_out) {
            sleep_enable();
            sei();
            sleep_cpu();
            sleep_disable();
        }
        sei();
    }
}
