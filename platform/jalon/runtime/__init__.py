"""The coordinator of process instances: variables, timers, messages, calls, incidents, over any RunStore."""
