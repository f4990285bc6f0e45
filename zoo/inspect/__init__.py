"""What happens inside a recurrent network, as numbers and pictures."""

from zoo.inspect.gradient_flow import Flow, gradient_flow

__all__ = ["Flow", "gradient_flow"]
