EXPECTED_SITES = {"head.kernel"}
