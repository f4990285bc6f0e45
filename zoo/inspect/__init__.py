"""What happens inside a recurrent network, as numbers and pictures.

May import `zoo.tasks` and what stands below it.
"""

from zoo.inspect.gradient_flow import Flow, gradient_flow

__all__ = ["Flow", "gradient_flow"]
