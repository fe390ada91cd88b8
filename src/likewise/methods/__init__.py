"""Methods: a loss with the heads, the momentum copy and the queue that its paper gives it."""

from likewise.methods.encoders import ENCODERS, EncoderSpec, build_encoder
from likewise.methods.joint_embedding import JointEmbedding, Momentum
from likewise.methods.making import METHODS, build_method, make_method, method_options
from likewise.methods.outputs import select_output
from likewise.methods.queue import Queue

__all__ = [
    "ENCODERS",
    "METHODS",
    "EncoderSpec",
    "JointEmbedding",
    "Momentum",
    "Queue",
    "build_encoder",
    "build_method",
    "make_method",
    "method_options",
    "select_output",
]
