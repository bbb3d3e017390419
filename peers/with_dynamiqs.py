"""The same problems by dynamiqs, on the processor, in double precision, warm: the first call, which compiles, is not counted."""

import os

# One thread, as for the others.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import dynamiqs as dq  # noqa: E402
import numpy as np  # noqa: E402

dq.set_precision("double")
dq.set_progress_meter(False)

# Dopri5, the vectorised form of small systems and dense operators of large ones were slower than these in every case.
METHODS = {"Tsit5": dq.method.Tsit5, "Dopri8": dq.method.Dopri8}
LAYOUTS = {"dense": dq.dense, "dia": dq.dia}


class Warm:
    """A problem of `problems.Problem` with its operators in every layout."""

    def __init__(self, problem):
        operators = (problem.hamiltonian, *problem.jumps, *problem.observables)
        forms = LAYOUTS if problem.hamiltonian.shape[0] <= 16 else {"dia": dq.dia}
        self.operators = {name: [dq.asqarray(o.full(), layout=layout) for o in operators] for name, layout in forms.items()}
        self.jumps, self.rho0, self.times = len(problem.jumps), dq.asqarray(problem.rho0.full()), problem.times

    def ways(self):
        return [(method, layout) for method in METHODS for layout in self.operators]

    def solve(self, method, form, tolerance):
        hamiltonian, *others = self.operators[form]
        result = dq.mesolve(
            hamiltonian,
            others[: self.jumps],
            self.rho0,
            self.times,
            exp_ops=others[self.jumps :],
            method=METHODS[method](rtol=tolerance, atol=0.1 * tolerance),
            save_states=False,
        )
        return np.asarray(result.expects).real
