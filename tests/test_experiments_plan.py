"""Which runs train side by side."""

import dataclasses
import math

import pytest

from helpers._support import threads
from helpers.experiments import Experiment, plan

BASE = Experiment(batch_norm=True, activation="relu")


def pairs(experiments, seeds):
    return [(experiment, seed) for experiment in experiments for seed in range(seeds)]


def replaced(**settings):
    return dataclasses.replace(BASE, **settings)


def test_every_run_is_in_one_stack():
    todo = pairs([BASE, replaced(learning_rate=1), replaced(activation="tanh")], 7)
    divided = [pair for stack in plan.stacks(todo, 2) for pair in stack]
    assert len(divided) == len(todo)
    assert set(divided) == set(todo)


@pytest.mark.parametrize(
    ("change", "together"),
    [
        ({"learning_rate": 1}, True),
        ({"init_scale": 5}, True),
        ({"output_init_scale": 5}, True),
        ({"weight_decay": 0.1}, True),
        ({"batch_norm": False}, False),
        ({"hidden": (100, 100)}, False),
        ({"activation": "tanh"}, False),
        ({"steps": 5}, False),
        ({"dropout": 0.5}, False),
        ({"momentum": 0.9}, False),
    ],
)
def test_runs_of_one_stack_differ_in_rate_scale_and_decay_only(change, together):
    stacks = plan.stacks(pairs([BASE, replaced(**change)], 1), 1)
    assert len(stacks) == (1 if together else 2)


@pytest.mark.parametrize(
    ("seeds", "workers", "sizes"), [(5, 2, [3, 2]), (1, 2, [1]), (16, 2, [8, 8]), (5, 1, [5]), (5, 4, [3, 2])]
)
def test_one_experiment_is_divided_among_the_workers(seeds, workers, sizes):
    assert sorted((len(stack) for stack in plan.stacks(pairs([BASE], seeds), workers)), reverse=True) == sizes


def test_two_runs_of_small_networks_stay_together_and_two_of_large_ones_do_not():
    assert [len(stack) for stack in plan.stacks(pairs([BASE], 2), 2)] == [2]
    assert [len(stack) for stack in plan.stacks(pairs([replaced(dataset="mnist")], 2), 2)] == [1, 1]


def test_a_pair_for_two_workers_is_not_divided():
    assert [len(stack) for stack in plan.stacks(pairs([BASE, replaced(batch_norm=False)], 5), 2)] == [5, 5]


def test_many_runs_are_divided_into_stacks_of_limited_width():
    sizes = [len(stack) for stack in plan.stacks(pairs([BASE], 100), 2)]
    assert sum(sizes) == 100
    assert max(sizes) <= plan.WIDTH
    assert len(sizes) % 2 == 0


def test_a_wide_network_trains_in_narrow_stacks_so_that_a_step_stays_short():
    wide = replaced(hidden=(1600,) * 3)
    assert max(len(stack) for stack in plan.stacks(pairs([wide], 20), 2)) == 1


def test_the_costliest_stack_comes_first():
    stacks = plan.stacks(pairs([BASE, replaced(steps=10), replaced(steps=9000)], 2), 1)
    assert [stack[0][0].steps for stack in stacks] == [9000, 2000, 10]


def test_operations_of_a_step_of_the_published_network():
    # 60 images, 99,400 weights: forward, and twice back, two operations each
    assert plan.operations(replaced(dataset="mnist")) == 6 * 60 * 99_400


def test_runs_of_one_seed_stand_together():
    rates = [replaced(learning_rate=0.1 * (1 + i)) for i in range(plan.WIDTH)]
    divided = plan.stacks(pairs(rates, 2), 2)
    assert [{seed for _, seed in stack} for stack in divided] == [{0}, {1}]


def test_operations_of_a_step_on_the_small_digits():
    assert plan.operations(BASE) == 6 * 60 * (64 * 100 + 100 * 100 + 100 * 100 + 100 * 10)


def test_work_is_long_from_two_hundred_thousand_million_operations_on():
    one = replaced(hidden=(1000, 1000), batch_size=1, steps=1)  # 6 * 1,074,000 operations
    assert not plan.is_long([(replaced(hidden=(1000, 1000), batch_size=1, steps=31_036), 0)])
    assert plan.is_long([(replaced(hidden=(1000, 1000), batch_size=1, steps=31_036), 0), (one, 0)])


@pytest.mark.parametrize(("count", "cores"), [(6, 6), (None, 1)])
def test_cores_are_those_of_the_machine_where_a_process_is_not_told(count, cores, monkeypatch):
    monkeypatch.delattr(plan.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(plan.os, "cpu_count", lambda: count)
    monkeypatch.setattr(plan, "quota", lambda: math.inf)
    assert plan.cores() == cores


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "max 100000"}, math.inf),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, math.inf),
        ({"cpu.max": "nonsense"}, math.inf),
        ({}, math.inf),
        (
            {
                "own": "0::/a.slice/b.service",
                "a.slice/b.service/cpu.max": "max 100000",
                "a.slice/cpu.max": "300000 100000",
            },
            3,
        ),
        ({"own": "4:cpu,cpuacct:/b", "cpu/b/cpu.cfs_quota_us": "400000", "cpu/b/cpu.cfs_period_us": "100000"}, 4),
        ({"own": "4:cpu:/elsewhere", "cpu.max": "100000 100000"}, 1),
    ],
)
def test_the_quota_of_a_container_or_a_service_is_read_in_both_versions(files, cores, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text + "\n")
    assert plan.quota(tmp_path, tmp_path / "own") == cores


@pytest.mark.parametrize(("quota", "cores"), [(1, 1), (math.inf, 3)])
def test_cores_are_those_this_process_may_use_and_its_quota_pays_for(quota, cores, monkeypatch):
    bound = {0, 3, 7}
    monkeypatch.setattr(plan.os, "sched_getaffinity", lambda process: set() if process else bound, raising=False)
    monkeypatch.setattr(plan, "quota", lambda: quota)
    assert plan.cores() == cores


@pytest.mark.parametrize(("limit", "cores"), [("2.0", 2), ("1.5", 1), ("0.25", 1), ("100", 3), ("", 3), ("inf", 3)])
def test_a_hubs_learner_starts_no_more_than_the_hub_allows(limit, cores, monkeypatch):
    monkeypatch.setattr(plan.os, "sched_getaffinity", lambda process: {0, 3, 7}, raising=False)
    monkeypatch.setattr(plan, "quota", lambda: math.inf)
    monkeypatch.setenv("CPU_LIMIT", limit)
    assert plan.cores() == cores


def test_a_page_has_one_thread_and_counts_as_one_core(monkeypatch):
    monkeypatch.setattr(threads, "ONE", True)
    assert plan.cores() == 1
