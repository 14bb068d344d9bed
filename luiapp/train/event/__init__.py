"""Learning with exact spike times: closed-form first spikes with learned delays, and EventProp. No GUI."""
