"""What stands where in the arrays of the board twin's kernel."""

from __future__ import annotations

# Columns of `par`, the constants of a board (SI).
(P_GL, P_PL, P_VLO, P_CM, P_CS, P_GT, P_W, P_SIGN, P_XR, P_XO, P_GP, P_KN, P_GN, P_IB, P_TH, P_THO, P_FALL, P_HOLD,
 P_GR, P_LED, P_SOFT) = (0, 1, 2, 3, 4, 5, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)  # fmt: skip
N_PAR = 25
# Columns of `state`. Phase 0: integrating; 1: reset on, membrane falling; 2: reset on, clock running.
S_U, S_V, S_PHASE, S_HOLD, S_LEDS, S_HIGH, S_VDD, S_DIRTY, S_LOAD = 0, 1, 2, 3, 4, 5, 8, 9, 10
N_STATE = 11
# Columns of `mode`, all that follows from the constants and the present piece.
(M_A, M_B, M_L, M_P, M_Q, M_ULO, M_UHI, M_VLO, M_VHI, M_K0, M_KQ, M_SIDE, M_FULL, M_EB, M_EL,
 M_QPHI, M_REST, M_GOAL) = range(18)  # fmt: skip
N_MODE = 18
N_TABLE = 224  # supply voltages: 8 input patterns x pulse or not x 0 to 6 LEDs; then V lost per A of further load
N_OUT = 4  # output edges a board can have in one step
