"""How robust surrogate gradients are: many trainings, one study (Zenke and Vogels, Neural Comput. 33 (2021) 899).

from luiapp.train.sweep.journal import Journal
from luiapp.train.sweep.run import local_pool, sweep
from luiapp.train.sweep.study import STUDIES, Extent

points = STUDIES["shapes"].points("randman", Extent())
with Journal("sweep.jsonl") as journal, local_pool() as pool:
    for point, result in sweep(points, journal=journal, executor=pool):
        print(point, result.test_accuracy)
"""
