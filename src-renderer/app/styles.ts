import './styles/base.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/list.css';
import './styles/plan.css';
import './styles/wizard.css';
import './styles/pages.css';
import './styles/rotation.css';
