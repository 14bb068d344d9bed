// Prints the membrane of one Lu.i board, 1000 lines a second. MEM to A0, GND to GND. CERN-OHL-S-2.0, like all of hardware/.
void setup() { Serial.begin(115200); }
void loop() { static unsigned long next = micros(); while ((long)(micros() - next) < 0) {} next += 1000; Serial.println(analogRead(A0)); }
