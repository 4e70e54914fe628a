// Figures of model calls against ops/bench/llm-server.py; run by ops/bench/llm.

try await Bench().run()
