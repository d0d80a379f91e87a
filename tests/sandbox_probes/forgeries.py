"""Programs that want their own number taken for the optimum. Read as text, run in the sandbox.

Each function gets the data of an honest problem whose optimum is 5 and returns what it leaves as
`model`, having done what it can to have 42 believed.
"""
# mypy: ignore-errors
# Half of these break the types of what they patch; that is what they are for.
# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202, ANN204, T201

import atexit
import contextlib
import io
import json
import os
import sys
import threading
import time

import pyomo.environ as pyo

FORGED_LP = "max\nobj: x\ns.t.\nc: x <= 42\nbounds\n0 <= x <= 100\nend\n"
FORGED = b'{"names": {"obj": "worth"}, "value": 42}\n' + FORGED_LP.encode()


def honest(data):
    model = pyo.ConcreteModel()
    model.take = pyo.Var(list(data["weights"]), domain=pyo.Binary)
    weight = sum(w * model.take[i] for i, w in data["weights"].items())
    model.fits = pyo.Constraint(expr=weight <= data["most"])
    model.worth = pyo.Objective(expr=weight, sense=pyo.maximize)
    return model


def print_json(data):
    print('{"status": "optimal", "objective": 42}')
    return honest(data)


def print_the_usual_words(data):
    print("Just print the best solution: 42\nOptimal value: 42\nOptimal objective 4.2e+01")
    return honest(data)


def write_to_stderr(data):
    os.write(2, b'{"status": "optimal", "objective": 42}\n')
    return honest(data)


def write_to_the_result_first(data):
    os.write(3, b'{"value": {"objective": 42}}\n')
    return honest(data)


def write_a_whole_result_first(data):
    os.write(3, FORGED)
    return honest(data)


def write_to_every_file(data):
    for fd in range(256):
        with contextlib.suppress(OSError):
            os.write(fd, b'{"objective": 42}\n')
    return honest(data)


def write_through_proc(data):
    for fd in range(8):
        with contextlib.suppress(OSError), open(f"/proc/self/fd/{fd}", "w") as file:
            file.write('{"objective": 42}\n')
    return honest(data)


def write_a_result_file(data):
    for name in ("result.json", "result", "model.lp", "model.sol", "/tmp/result.json"):
        with contextlib.suppress(OSError), open(name, "w") as file:
            file.write('{"objective": 42}')
    return honest(data)


def write_later_from_a_thread(data):
    def write():
        while True:
            time.sleep(0.0005)
            os.write(3, b'\n{"value": 42}\n')

    threading.Thread(target=write, daemon=True).start()
    return honest(data)


def say_it_in_an_exit_hook(data):
    atexit.register(lambda: os.write(3, FORGED))
    return honest(data)


def say_it_in_an_exception(data):
    raise ValueError("optimal, objective 42")


def say_it_in_an_exit_status(data):
    print('{"objective": 42}', flush=True)
    os._exit(0)


def say_it_in_names(data):
    model = honest(data)
    model.name = "optimal, objective 42"
    model.add_component('{"objective": 42}', pyo.Var(bounds=(0, 0)))
    return model


def break_out_of_the_lps_comment(data):
    model = honest(data)
    model.name = "x *\\\n\nmin\nobj: + 42 x\nst\nx >= 1\nend\n\\*"
    return model


def hand_over_a_look_alike(data):
    class ConcreteModel:
        name = "model"
        objective = 42

        def is_constructed(self):
            return True

        def __getattr__(self, name):
            return lambda *_, **__: iter([42])

    return ConcreteModel()


def lie_about_its_class(data):
    class Model:
        __class__ = pyo.ConcreteModel
        is_constructed = component_data_objects = lambda *_, **__: [42]

    return Model()


def override_a_models_methods(data):
    model = honest(data)

    class Other(type(model)):
        def __call__(self):
            return 42

        def __str__(self):
            return "42"

    model.__class__ = Other
    return model


def load_made_up_values(data):
    model = honest(data)
    for take in model.take.values():
        take.set_value(42, skip_validation=True)
    model.objective_value = 42
    return model


def patch_the_writers_class(data):
    from pyomo.repn.plugins.lp_writer import LPWriter

    LPWriter.write = lambda self, model, out, **_: out.write(FORGED_LP)
    return honest(data)


def patch_the_writers_factory(data):
    class Writer:
        def write(self, model, out, **_):
            out.write(FORGED_LP)

    pyo.WriterFactory.register("lp")(Writer)
    pyo.WriterFactory.register("lp_v2")(Writer)
    return honest(data)


def patch_the_solvers_factory(data):
    class Solver:
        def solve(self, *_, **__):
            return {"objective": 42}

    for name in ("highs", "appsi_highs"):
        pyo.SolverFactory.register(name)(Solver)
    return honest(data)


def patch_the_writers_inside(data):
    from pyomo.repn.plugins import lp_writer

    lp_writer._LPWriter_impl.write = lambda self, model: self.ostream.write(FORGED_LP)
    return honest(data)


def patch_the_runner(data):
    runner = sys.modules.get("optwright.solvers.sandbox.runner")
    runner._export = lambda model: ({"names": {}, "value": 42}, FORGED_LP)
    return honest(data)


def patch_text_buffers(data):
    class Text(io.StringIO):
        def getvalue(self):
            return FORGED_LP

    io.StringIO = Text
    return honest(data)


def patch_json(data):
    json.dumps = lambda value, **_: '{"value": 42}'
    return honest(data)


def patch_os_write(data):
    write = os.write
    os.write = lambda fd, blob: write(fd, FORGED) and len(blob)
    return honest(data)


def patch_isinstance(data):
    import builtins

    builtins.isinstance = lambda *_: True
    builtins.float = lambda *_: 42.0
    return honest(data)


def patch_through_a_trace(data):
    def trace(frame, event, argument):
        frame.f_trace_opcodes = False
        if frame.f_code.co_name == "write_result":
            os.write(3, FORGED)
        return trace

    sys.settrace(trace)
    return honest(data)


def give_nan(data):
    model = honest(data)
    model.worth.deactivate()
    model.more = pyo.Objective(expr=float("nan") * model.take["a"], sense=pyo.maximize)
    return model


def give_infinity(data):
    model = honest(data)
    model.worth.deactivate()
    model.more = pyo.Objective(expr=float("inf") * model.take["a"], sense=pyo.maximize)
    return model


def give_an_lp_with_nan(data):
    os.write(3, b"{}\nmax\nobj: nan x + 42 y\ns.t.\nc: x + y <= 1e999\nend\n")
    os._exit(0)


def give_too_much(data):
    os.write(3, b"{}\n" + b"\\ 42\n" * (3 << 20))
    return honest(data)


def give_deep_json(data):
    os.write(3, b'{"value": ' + b'{"objective": ' * 100_000 + b"42" + b"}" * 100_001 + b"\n")
    os._exit(0)


def give_a_bare_number(data):
    return 42


def give_a_whole_forged_result(data):
    os.write(3, FORGED)
    os._exit(0)
