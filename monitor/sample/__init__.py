"""The sample world: an invented small internet of news outlets, served over real HTTP."""
