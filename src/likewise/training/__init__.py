"""Training: the loop, what is watched, and the run that is kept."""

from likewise.methods.features import embed
from likewise.settings import Settings
from likewise.training.callbacks import Callback, TrainingState
from likewise.training.export import export_encoder, load_encoder, write_embeddings
from likewise.training.fitting import train
from likewise.training.run_folder import TrainedRun

__all__ = [
    "Callback",
    "Settings",
    "TrainedRun",
    "TrainingState",
    "embed",
    "export_encoder",
    "load_encoder",
    "train",
    "write_embeddings",
]
