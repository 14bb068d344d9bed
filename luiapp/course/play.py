"""A lesson as it is being done: which step, what was predicted and answered, which goals are reached.

All that is known is JSON-ready, so that it can be kept at any moment and taken up again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from luiapp.course.checks import Verdict, judge, judge_entry
from luiapp.course.lesson import Act, Button, Check, Entry, Experiment, Lesson, Prediction, Question, Step, Task
from luiapp.course.sight import Sight
from luiapp.course.trial import Found
from luiapp.errors import ParameterError

OPEN, LOCKED, OBSERVED, EXPLAINED = "open", "locked", "observed", "explained"  # the stages of a prediction
MOST_LOTS = 1_000_000
_MOST_POINTS = 400  # of a drawn or observed trace
_MOST_CURVE = 120  # of each curve that is kept


class Play:
    """One learner's way through one lesson.

    Attributes
    ----------
    lesson : Lesson
        May be exchanged for the same lesson in another language.
    known : dict
        By task: what was picked, drawn, typed and found. JSON-ready.
    """

    def __init__(self, lesson: Lesson, state: dict[str, Any] | None = None) -> None:
        self.lesson = lesson
        self.known: dict[str, dict[str, Any]] = {}
        self.lot = _any_lot() if lesson.by_chance else 1  # of the parts that the boards are made of
        self._i_step = 0
        self._verdicts: dict[str, Verdict] = {}
        if state:
            self._restore(state)

    # -- steps -----------------------------------------------------------------------------------------------------

    @property
    def i_step(self) -> int:
        """Which step, from 0."""
        return self._i_step

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.lesson.steps[self._i_step]

    def go(self, by: int) -> bool:
        """Some steps on or back; False where there is none. Nobody is held back: what is open stays marked as open."""
        wanted = self._i_step + by
        if not 0 <= wanted < len(self.lesson.steps):
            return False
        self._i_step = wanted
        self._verdicts = {}
        return True

    def done(self, step: Step | None = None) -> bool:
        """Whether all there is to do in a step (the present one) is done."""
        return all(self.task_done(task) for task in (step or self.step).tasks)

    def task_done(self, task: Task) -> bool:
        """Whether one task is done; a button never has to be pressed."""
        state = self.known.get(task.id, {})
        match task:
            case Button():
                return True
            case Prediction():
                return self.stage(task) in (OBSERVED, EXPLAINED)
            case Question():
                return "answer" in state
            case Experiment():
                return "values" in state
            case _:
                return bool(state.get("ok"))

    def progress(self) -> tuple[int, int]:
        """(steps done, steps)."""
        return sum(self.done(step) for step in self.lesson.steps), len(self.lesson.steps)

    @property
    def hush(self) -> bool:
        """Whether answers aren't marked yet."""
        done, n = self.progress()
        return self.lesson.quiet == "always" or (self.lesson.quiet == "until-done" and done < n)

    # -- questions -------------------------------------------------------------------------------------------------

    def answer(self, question: Question, option: int, reason: int) -> bool:
        """Answer with a reason, once and for all; returns whether both are right.

        Raises `ParameterError` for a choice that isn't there, or if it was answered before.
        """
        if "answer" in self.known.get(question.id, {}):
            raise ParameterError("this question is answered already; 'reset' begins anew")
        _among(option, question.options)
        _among(reason, question.reasons)
        right = (option, reason) == (question.answer, question.reason)
        self.known[question.id] = {"answer": option, "reason": reason, "right": right}
        return right

    # -- predict, observe, explain ---------------------------------------------------------------------------------

    def stage(self, prediction: Prediction) -> str:
        """One of `OPEN`, `LOCKED`, `OBSERVED`, `EXPLAINED`."""
        return str(self.known.get(prediction.id, {}).get("stage", OPEN))

    def lock(
        self, prediction: Prediction, *, option: int = -1, reason: int = -1, drawn: Sequence[tuple[float, float]] = ()
    ) -> tuple[Act, ...]:
        """Commit to a prediction: a choice and a reason, or points (s, V) of a drawn trace. Returns what then happens.

        Raises `ParameterError` if it is locked already, or nothing was chosen or drawn.
        """
        if self.stage(prediction) != OPEN:
            raise ParameterError("a prediction that is locked can't be changed any more")
        state: dict[str, Any] = {"stage": LOCKED}
        if prediction.kind == "pick":
            _among(option, prediction.options)
            _among(reason, prediction.reasons)
            state |= {"answer": option, "reason": reason}
        else:
            points = [(float(t), float(v)) for t, v in drawn if math.isfinite(t) and math.isfinite(v)]
            if len(points) < 2:
                raise ParameterError("draw the curve that is expected first, from the left to the right")
            state["drawn"] = [list(p) for p in thinned(sorted(points))]
        if prediction.until:
            state["count"] = int(self.known.get(prediction.until, {}).get("runs", 0))  # a goal reached early counts
        self.known[prediction.id] = state
        return prediction.acts

    def observe(self, prediction: Prediction, seen: Sequence[tuple[float, float]] = ()) -> None:
        """It has happened: `seen` are points (s, V) of the trace, from when it ran. Raises if nothing is locked."""
        if self.stage(prediction) == OPEN:
            raise ParameterError("predict first; then it runs")
        state = self.known[prediction.id]
        state["stage"] = OBSERVED if state["stage"] == LOCKED else state["stage"]
        if prediction.kind == "pick":
            state["right"] = (state["answer"], state["reason"]) == (prediction.answer, prediction.reason)
        else:
            state["seen"] = [list(p) for p in thinned(list(seen))]

    def explain(self, prediction: Prediction, words: str) -> None:
        """What the learner says about it, in own words. Raises if nothing was observed yet."""
        if self.stage(prediction) not in (OBSERVED, EXPLAINED):
            raise ParameterError("predict first; then it runs")
        self.known[prediction.id] |= {"stage": EXPLAINED, "words": words.strip()[:1000]}

    # -- experiments -----------------------------------------------------------------------------------------------

    def found(self, task: Experiment, given: dict[str, Any], found: Found) -> None:
        """An experiment was run."""
        curves = {name: [list(p) for p in thinned(points, _MOST_CURVE)] for name, points in found.curves.items()}
        values = {name: value for name, value in found.values.items() if math.isfinite(value)}
        runs = int(self.known.get(task.id, {}).get("runs", 0)) + 1
        self.known[task.id] = {"given": dict(given), "values": values, "curves": curves, "runs": runs}

    def held_back(self, task: Experiment) -> bool:
        """Whether a prediction about it, or about a goal that is read off it, has to be locked first."""
        ends = {task.id, *(t.id for t in self.step.tasks if isinstance(t, Check) and t.options.get("of") == task.id)}
        return any(isinstance(t, Prediction) and t.until in ends and self.stage(t) == OPEN for t in self.step.tasks)

    def waiting(self) -> Prediction | None:
        """A locked prediction of this step whose experiment was run, or whose goal was reached, since then."""
        for task in self.step.tasks:
            if not (isinstance(task, Prediction) and task.until and self.stage(task) == LOCKED):
                continue
            if self._done_until(task) > int(self.known[task.id].get("count", 0)):
                return task
        return None

    def _done_until(self, prediction: Prediction) -> int:
        state = self.known.get(prediction.until, {})
        return int(state.get("runs", bool(state.get("ok"))))

    def readings(self) -> dict[str, dict[str, float | str]]:
        """What experiments gave when they were last run, with what their knobs were set to."""
        found = {}
        for name, state in self.known.items():
            if "runs" in state:
                found[name] = {**state["given"], **state["values"]}
        return found

    # -- goals -----------------------------------------------------------------------------------------------------

    def look(self, check: Check, sight: Sight) -> Verdict:
        """Hold a goal against the stream; once reached it stays reached."""
        verdict = judge(check, sight)
        self._verdicts[check.id] = verdict
        if verdict.ok:
            state = self.known.setdefault(check.id, {})
            state.setdefault("value", verdict.value)
            state["ok"] = True
        return verdict

    def enter(self, entry: Entry, typed: float, sight: Sight) -> Verdict:
        """Hold a measured number against the stream."""
        verdict = judge_entry(entry, typed, sight)
        self._verdicts[entry.id] = verdict
        state = self.known.setdefault(entry.id, {"tries": 0})
        if not state.get("ok") and not math.isnan(verdict.value):
            state |= {"typed": typed, "value": verdict.value, "ok": verdict.ok, "tries": int(state["tries"]) + 1}
        return verdict

    def verdict(self, task: Task) -> Verdict | None:
        """What was found last in this step; None if nobody looked yet."""
        return self._verdicts.get(task.id)

    def hints(self, task: Check | Entry) -> tuple[str, ...]:
        """The hints that were asked for so far."""
        return task.hints[: int(self.known.get(task.id, {}).get("hints", 0))]

    def more_hints(self, task: Check | Entry) -> tuple[str, ...]:
        """One hint more; all of them once there are no more."""
        state = self.known.setdefault(task.id, {"tries": 0} if isinstance(task, Entry) else {})
        state["hints"] = min(len(task.hints), int(state.get("hints", 0)) + 1)
        return self.hints(task)

    # -- keeping ---------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """All that is known, JSON-ready."""
        found = {"lesson": self.lesson.name, "step": self.step.id, "known": self.known}
        return {**found, "lot": self.lot} if self.lesson.by_chance else found

    def reset(self) -> None:
        """From the beginning, with nothing known."""
        self.known, self._verdicts, self._i_step = {}, {}, 0
        self.lot = _any_lot() if self.lesson.by_chance else 1

    def _restore(self, state: dict[str, Any]) -> None:
        """As it was left; what this lesson doesn't have any more is dropped."""
        ids = [step.id for step in self.lesson.steps]
        if state.get("step") in ids:
            self._i_step = ids.index(state["step"])
        lot = state.get("lot")
        if self.lesson.by_chance and isinstance(lot, int) and 0 < lot < MOST_LOTS:
            self.lot = lot
        tasks = {task.id for step in self.lesson.steps for task in step.tasks}
        known = state.get("known")
        if isinstance(known, dict):
            self.known = {k: dict(v) for k, v in known.items() if k in tasks and isinstance(v, dict)}


def _any_lot() -> int:
    return random.randrange(1, MOST_LOTS)


def thinned(points: Sequence[tuple[float, float]], most: int = _MOST_POINTS) -> list[tuple[float, float]]:
    """At most so many of the points, evenly, the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _among(chosen: int, options: Sequence[str]) -> None:
    if not 0 <= chosen < len(options):
        raise ParameterError("choose an answer and a reason first")
