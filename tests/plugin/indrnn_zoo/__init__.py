"""What a package of others brings to recurrent-zoo, as small as it can be."""
