"""An update rule for training: how a step follows from gradients. It begins as gradient descent.

optwright evolve examples/evolve/update_rule.py --harness examples/evolve/update_rule_harness.py
"""

import numpy as np


# EVOLVE-BLOCK-START
def update(w, g, m, v, lr):
    """The new weights and two memories of the same shape, which begin at zero."""
    step = lr * g
    w = w - step
    return w, m, v


# EVOLVE-BLOCK-END


def train(gradient, weights, steps, lr):
    """`gradient(w)` is the task's; this process only moves the weights."""
    w = weights
    m, v = np.zeros_like(w), np.zeros_like(w)
    for number in range(steps):
        # The rate falls to zero along a half cosine, for every rule alike.
        rate = lr * 0.5 * (1 + np.cos(np.pi * number / steps))
        w, m, v = update(w, gradient(w, number), m, v, rate)
    return w


def trained(tasks, steps, rates):
    """The last weights for every task and rate; tasks are given as their data."""
    found = []
    for task in tasks:
        x, y, batches = task["x"], task["y"], task["batches"]
        found.append([])
        for lr in rates:
            with np.errstate(all="ignore"):

                def gradient(w, number):
                    return network_gradient(
                        w, x[batches[number]], y[batches[number]], task["sizes"]
                    )

                found[-1].append(train(gradient, task["w"], steps, lr))
    return found


def network_gradient(w, x, y, sizes):
    """Of the mean loss of a network with one hidden layer: tanh, then logistic loss."""
    inputs, hidden = sizes
    a = w[: inputs * hidden].reshape(inputs, hidden)
    b = w[inputs * hidden : inputs * hidden + hidden]
    c = w[inputs * hidden + hidden : -1]
    h = np.tanh(x @ a + b)
    p = 1 / (1 + np.exp(-(h @ c + w[-1])))
    d = (p - y) / len(y)
    back = np.outer(d, c) * (1 - h * h)
    return np.concatenate([(x.T @ back).ravel(), back.sum(0), h.T @ d, [d.sum()]])
