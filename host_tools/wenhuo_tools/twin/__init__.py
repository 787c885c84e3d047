"""The digital twin of a rice cooker.

kernel (one time step of the physics, compiled) is used by both ways to run it: batch (a whole
schedule under the power board's control laws, for planning) and engine + plant (tick by tick behind
a socket, for the virtual rig). params, dishes and data/ hold every number; food reads the outcome;
sensors makes millivolts; validate compares with published numbers; bench measures the speed.
"""
