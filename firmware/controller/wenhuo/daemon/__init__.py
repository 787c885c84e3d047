"""wenhuod, the program that runs on the controller: words, telemetry and timers in one loop."""
