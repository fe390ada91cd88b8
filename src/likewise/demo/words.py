"""The demo's sentences: how it was measured, and what the figures say."""

from __future__ import annotations

from likewise.demo.answer_curve import EXPECTED, LAST
from likewise.demo.digits import LABELLED
from likewise.demo.folds import HELD_OUT
from likewise.evaluation import Summary

OWN = """\
likewise space photos/ --prior timm:vit_small_patch14_dinov2 --out space.npz   # what is near?
likewise graph photos/ --prior space.npz --neighbors 5 --out graph             # who is alike, how purely?
likewise fit photos/ --graph graph --views weak --epochs 100 --out runs/first  # train
likewise evaluate runs/first photos/                                           # measure
likewise report runs/first photos/                                             # look"""

LEGEND = (
    "Means over the seeds, with 95 % intervals. Purity is the share of pairs called alike that have the same label; "
    "connected is the share of same-label pairs joined by a path of such pairs; all other columns are measured on "
    "held-out digits: accuracy from one and from five labels a class, of a linear probe, of nearest neighbours, and "
    "the agreement of clusters with the labels (adjusted Rand index)."
)

ANSWERS = (
    f"“Are these two alike?”, asked up to {LAST} times about the training digits, with pixels as the prior; the labels "
    "answer in place of a person, without error. The number of classes is not given. After every ten answers, all "
    "training digits are put into the groups where they are expected: purity is the share of pairs within a group that "
    "are alike, coverage the share of alike pairs that are within a group. Means over the seeds."
)

METHOD = (
    f"Each seed holds out {HELD_OUT:.0%} of the digits, evenly over the classes. The held-out digits take part in no "
    "graph, no training and no choice; every setting was fixed before they were looked at. Few-shot figures average "
    "100 draws of the labelled examples. The linear probe chooses its regularisation on the training digits.",
    "“Graph alone” trains nothing: labels spread along the GPS graph, and spectral clusters are cut from it; a "
    "held-out digit takes the answer of its nearest training digits. “Raw pixels” is the prior itself. “Random graph” "
    "has as many edges as GPS, and none of its knowledge. SPPS draws a semantic pair half of the time and the image "
    f"itself otherwise, at as many steps as all others. “GPS + answers” adds to GPS the groups of answers, in which a "
    f"digit that nobody was asked about counts where it is expected with a probability of {EXPECTED:.0%} or more. “A "
    f"few labels” knows {LABELLED} labels a class in training, “all labels” every one.",
)


def sentences(summary: Summary) -> list[str]:
    """What the figures say, read off them, each difference with its interval over the seeds."""

    def gap(a: str, b: str, metric: str = "1-shot") -> str:
        found = summary.compare(a, b).rows[f"{a} - {b}"][metric]
        interval = "" if found.half != found.half else f" ± {100 * found.half:.1f}"
        return f"{100 * found.mean:+.1f}{interval} points"

    return [
        "Telling the encoder that near digits are alike, with nothing but a little noise as augmentation, changes its "
        f"1-shot accuracy by {gap('GPS', 'no graph, weak views')} against the same training without a graph, and by "
        f"{gap('GPS', 'no graph, strong views')} against stronger augmentation without a graph.",
        f"The graph has to know something: a random one of equal size gives {gap('random graph', 'GPS')} against GPS.",
        f"Against the prior itself, raw pixels, training on its graph gives {gap('GPS', 'raw pixels')}. The graph is "
        "strong by itself, too: against spreading labels along it, without any training, training gives "
        f"{gap('GPS', 'graph alone')} in 1-shot accuracy; against its spectral clusters, "
        f"{gap('GPS', 'graph alone', 'ari')} in ARI. What training buys is an encoder, which serves images that no "
        "graph knows, at the cost of one pass.",
        f"Answers make better positives: 50 change GPS by {gap('GPS + 50 answers', 'GPS')}, 150 by "
        f"{gap('GPS + 150 answers', 'GPS')}, which leaves {gap('all labels', 'GPS + 150 answers')} to the labels of "
        "all training digits.",
        f"Better positives would still pay: the labels of all training digits give {gap('all labels', 'GPS')}.",
        "Differences are paired by seed; an interval that holds 0 is no difference that these seeds can show.",
    ]
