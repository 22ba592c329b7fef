"""The worker: what the clock and the queue ask for, outside any request."""

from jalon.doors.jobs.worker import JOBS, PERIODIC, JobQueue, Periodic, run_worker

__all__ = ["JOBS", "PERIODIC", "JobQueue", "Periodic", "run_worker"]
