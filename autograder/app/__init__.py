"""The composition root: the only place that joins the steps, the machine's settings and the gradebook."""
