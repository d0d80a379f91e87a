"""Plan questions: the drafted model is run, and somebody who reads the words judges its plans."""
