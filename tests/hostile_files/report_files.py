"""The smallest files of a run that a report shows."""

import base64

# One grey pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81yt"
    "gAAAABJRU5ErkJggg=="
)
HISTORY = "epoch,seconds,loss,val_loss\n1,2,0.5,\n2,2,nan,1e9\n"
